/** The pages of settings, in the order in which they are shown. */
export const SECTIONS = ['providers', 'sessions', 'passkeys', 'conversations', 'gateway', 'appearance'] as const;

export type Section = (typeof SECTIONS)[number];
