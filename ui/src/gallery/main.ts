// What the parts of the page look like in each of their states: `npm run build:gallery`. It is no part of the
// web app. After `#` stands which: the states of turns, a conversation (`page`), one whose agent asks (`asks`),
// everything that waits (`waiting`), or one of 2,000 messages (`long`).

import { mount } from 'svelte';

import '../../tokens.css';
import '../../base.css';
import Gallery from './Gallery.svelte';

mount(Gallery, { target: document.body, props: { which: location.hash.slice(1) } });
