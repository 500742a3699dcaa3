import type { Principal, Scope } from '../../sinks/principal.ts';

/** A person without a name. */
export const person: Principal = { kind: 'person', name: null, scope: 'manage' };

/** A program, with a name and a scope of one's choice. */
export const program = (name: string | null = null, scope: Scope = 'manage'): Principal => ({
  kind: 'program',
  name,
  scope,
});
