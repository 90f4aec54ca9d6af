import type { Attachment } from 'svelte/attachments';

/** Lets a field for text grow with it, where the browser does not do so by itself. Its style says how far. */
export function grows(text: () => string): Attachment<HTMLTextAreaElement> {
  return (field) => {
    if (CSS.supports('field-sizing', 'content')) return;
    $effect(() => {
      text();
      field.style.height = 'auto';
      field.style.height = `${field.scrollHeight}px`;
    });
  };
}
