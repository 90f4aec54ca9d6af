export const shell = {
  name: 'Hermes',
};
