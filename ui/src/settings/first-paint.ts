// Makes the page look as chosen before anything is painted: a script of its own, small, and asked for before
// the program. It holds up the first paint, so it must stay small and import nothing else.

import { apply, stored } from './preferences';

apply(stored());
