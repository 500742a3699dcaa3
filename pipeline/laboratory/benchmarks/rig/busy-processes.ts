import { spawn } from 'node:child_process';

/** Processes of ordinary priority that each keep one processor busy. */
export class BusyProcesses {
  readonly #kill: () => void;

  constructor(count: number) {
    const children = Array.from({ length: count }, () =>
      spawn(process.execPath, ['-e', 'for(;;){}'], { stdio: 'ignore' }),
    );
    this.#kill = () => {
      for (const child of children) child.kill('SIGKILL');
    };
    process.once('exit', this.#kill);
  }

  end(): void {
    process.off('exit', this.#kill);
    this.#kill();
  }
}
