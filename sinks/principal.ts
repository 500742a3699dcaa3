import type { Command } from './events.ts';

/**
 * What a client may do; each includes the ones before it. `view`: receive events and read pages.
 * `label`: label samples and take labels back. `manage`: change classes, heads and cameras.
 */
export const scopes = ['view', 'label', 'manage'] as const;

export type Scope = (typeof scopes)[number];

/** Who sends commands, and what they may do. */
export interface Principal {
  readonly kind: 'person' | 'program' | 'simulation';
  /** The name of the token, or the name that the sender gave; null where there is neither. */
  readonly name: string | null;
  readonly scope: Scope;
}

/** The scope that each command needs. */
export const scopeNeeded = {
  label: 'label',
  notA: 'label',
  dismiss: 'label',
  undo: 'label',
  rename: 'manage',
  merge: 'manage',
  remove: 'manage',
  rollback: 'manage',
  pause: 'manage',
  resume: 'manage',
} as const satisfies Readonly<Record<Command['command'], Scope>>;

/** Whether a principal of scope `has` may do what needs the scope `needed`. */
export function includesScope(has: Scope, needed: Scope): boolean {
  return scopes.indexOf(has) >= scopes.indexOf(needed);
}

/** The principal with the name that a message gives; the name of a token takes precedence. */
export function namedBy(principal: Principal, given: string | undefined): Principal {
  return principal.name !== null || given === undefined ? principal : { ...principal, name: given };
}

/** A principal as events and logs show it: `person:anna`, or `program` without a name. */
export function senderOf({ kind, name }: Principal): string {
  return name === null ? kind : `${kind}:${name}`;
}
