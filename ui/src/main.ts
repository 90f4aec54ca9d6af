import { mount } from 'svelte';

import '../tokens.css';
import '../base.css';
import '../faces/faces.css';
import App from './shell/App.svelte';
import { forgetSecret } from './shell/places';
import { BrowserTransport } from './transport/browser';
import { restorePlace } from './transport/place';

forgetSecret();
restorePlace();
mount(App, { target: document.body, props: { transport: new BrowserTransport() } });
