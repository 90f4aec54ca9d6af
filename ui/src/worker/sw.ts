import { work, type World } from './worker';

work(self as unknown as World);
