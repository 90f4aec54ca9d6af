import { mount } from 'svelte';

import '../tokens.css';
import '../base.css';
import App from './shell/App.svelte';

mount(App, { target: document.body });
