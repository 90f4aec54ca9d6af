export const chat = {
  // Texts in Markdown
  taskDone: 'Done',
  taskOpen: 'Not done',
  table: 'Table',
  plainText: 'text',
  code: (language: string) => (language === '' ? 'Code' : `Code in ${language}`),
  wrap: 'Wrap',
  download: 'Download',
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'Not copied: the browser does not allow it',
  leadsTo: (host: string) => ` (${host})`,
  openPicture: (host: string) => `Open the picture from ${host}`,
};
