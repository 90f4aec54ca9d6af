import { mount } from 'svelte';

import '../../tokens.css';
import '../../base.css';
import '../../faces/faces.css';
import { forgetSecret } from '../shell/places';
import { Application } from './application.svelte';
import Desktop from './Desktop.svelte';
import { TauriBridge } from './tauri-bridge';

forgetSecret();
mount(Desktop, { target: document.body, props: { application: new Application(new TauriBridge()) } });
