import { mount } from 'svelte';

import '../tokens.css';
import '../base.css';
import App from './shell/App.svelte';
import { BrowserTransport } from './transport/browser';
import { restorePlace } from './transport/place';

restorePlace();
mount(App, { target: document.body, props: { transport: new BrowserTransport() } });
