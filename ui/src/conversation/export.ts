// A conversation as a file: to be read, or to be read by a program.

import type { MessagesAnswer, StoredMessage } from '../protocol/messages';
import type { Transport } from '../transport/transport';
import { words } from '../words/words';

/** What is exported. */
export interface Exported {
  id: string;
  title: string;
  messages: readonly StoredMessage[];
}

/** How many messages are asked for at once. */
const PAGE = 500;

/** The whole conversation, as the gateway keeps it. */
export async function whole(transport: Transport, id: string, title: string): Promise<Exported> {
  const messages: StoredMessage[] = [];
  for (;;) {
    const path = `/api/sessions/${encodeURIComponent(id)}/messages?limit=${PAGE}&offset=${messages.length}`;
    const answer = await transport.ask<MessagesAnswer>({ verb: 'GET', path });
    messages.push(...answer.messages);
    if (answer.messages.length < PAGE) return { id, title, messages };
  }
}

/** The conversation as Markdown. What was said stands as it was written. */
export function toMarkdown({ title, messages }: Exported): string {
  const say = words.connection.exported;
  const parts = [`# ${oneLine(title) || say.untitled}`];
  for (const { role, content, reasoning, timestamp } of messages) {
    const who = role === 'user' ? say.user : say.assistant;
    parts.push(`## ${who} (${new Date(timestamp * 1000).toISOString()})`);
    if (reasoning) parts.push(`> ${say.thoughts}:\n>\n${quoted(reasoning)}`);
    parts.push(content.trimEnd());
  }
  return `${parts.join('\n\n')}\n`;
}

/** The conversation as JSON. */
export function toJson(conversation: Exported): string {
  return `${JSON.stringify(plain(conversation), null, 2)}\n`;
}

/** Several of them as one JSON. */
export function toJsonOfSeveral(conversations: readonly Exported[]): string {
  return `${JSON.stringify({ conversations: conversations.map(plain) }, null, 2)}\n`;
}

function plain({ id, title, messages }: Exported) {
  const rows = messages.map(({ role, content, reasoning, timestamp, finish_reason }) => ({
    role,
    content,
    ...(reasoning !== null && { reasoning }),
    ...(finish_reason !== null && { finish_reason }),
    at: new Date(timestamp * 1000).toISOString(),
  }));
  return { id, title, messages: rows };
}

/** What its file is called, on every system. */
export function fileName({ id, title }: Pick<Exported, 'id' | 'title'>, kind: 'md' | 'json'): string {
  const name = oneLine(title).replace(/[^\p{L}\p{N}._ -]+/gu, ' ').replace(/\s+/g, ' ').replace(/^[ .]+|[ .]+$/g, '');
  return `${Array.from(name).slice(0, 60).join('').trim() || id}.${kind}`;
}

/** What the file of several is called, on this day. */
export function severalName(now: Date): string {
  return `conversations-${now.toISOString().slice(0, 10)}.json`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function quoted(text: string): string {
  return text.trimEnd().split('\n').map((line) => `> ${line}`).join('\n');
}
