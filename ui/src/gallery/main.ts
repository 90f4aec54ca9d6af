// What the parts of the page look like in each of their states: `npm run build:gallery`. It is no part of the
// web app. After `#` stands which: the states of turns, a conversation (`page`), one whose agent asks (`asks`),
// everything that waits (`waiting`), or one of 2,000 messages (`long`); `desktop/…` is a page of the desktop.

import { mount } from 'svelte';

import '../../tokens.css';
import '../../base.css';
import '../../faces/faces.css';
import Gallery from './Gallery.svelte';

const which = location.hash.slice(1);
if (which.startsWith('desktop/')) void import('./desktop').then(({ show }) => show(which.slice('desktop/'.length)));
else mount(Gallery, { target: document.body, props: { which } });
