/** A place that is none of the page's own: whatever shows the page has it. */
export interface Besides {
  name: string;
  /** What kind of thing it is. */
  about: string;
  go: () => void;
}
