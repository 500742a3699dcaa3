/** The state of one part of the program. */
export interface HealthPart {
  readonly kind: 'camera' | 'worker' | 'store' | 'sink';
  readonly name: string;
  readonly ok: boolean;
  /** One line, without credentials: what it does, or what is wrong with it. */
  readonly detail: string;
}

/** The health of the whole program, for `/healthz`, `/readyz` and the dashboard. */
export interface HealthReport {
  /** The program works or mends itself; false only when it is about to end. */
  readonly live: boolean;
  /** Some camera delivers, and detector, learner and store work. */
  readonly ready: boolean;
  readonly parts: readonly HealthPart[];
}
