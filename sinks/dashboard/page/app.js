import { editClass } from './classes.js';
import { Connection } from './connection.js';
import { confirm } from './dialogs.js';
import { byId, make, setText } from './dom.js';
import { Figures } from './figures.js';
import { Health } from './health.js';
import { Labelling, withNote } from './labelling.js';
import { ModelPanel } from './model-panel.js';
import { PictureView } from './picture.js';
import { announce, toast } from './toasts.js';
import { Unknowns } from './unknowns.js';

const picturesPerSecond = 15;

const state = {
  cameras: [],
  camera: null,
  states: new Map(),
  baseClasses: [],
  past: 0,
  suggestions: '',
  countdown: null,
};
const figures = new Figures();
const health = new Health();
const model = new ModelPanel((name, others) => void editClass(connection, name, others));
const picture = new PictureView((object, camera) => {
  setMarking(false);
  void labelling.openDialog(object, camera);
});
const connection = new Connection({
  onMessage: receive,
  onPicture: (message) => {
    if (message.camera === state.camera) showCameraState();
    picture.updatePicture(message);
  },
  onState: showConnection,
});
const labelling = new Labelling(connection);
const unknowns = new Unknowns((...label) => labelling.send(...label));
labelling.use(unknowns);

function receive(message) {
  switch (message.type) {
    case 'hello':
      return receiveHello(message);
    case 'detections':
      return picture.updateDetections(message);
    case 'sample':
      return unknowns.update(message);
    case 'camera':
      return setCameraState(message.camera, message.state);
    case 'model':
      model.addEvent(message, message.seq > state.past);
      return suggestClasses(message.event === 'learning' ? [] : message.classes);
    case 'metrics':
      figures.update(message);
      model.updateMetrics(message);
      for (const { camera, state: now } of message.cameras) setCameraState(camera, now);
      return suggestClasses(message.model.classes);
  }
}

function receiveHello(hello) {
  state.past = hello.past;
  state.baseClasses = hello.baseClasses;
  showScope(hello.scope);
  setText(byId('version'), hello.version);
  // The current state follows after `hello`; frame numbers may start again.
  picture.reset();
  unknowns.clear();
  model.clear();
  model.updateHello(hello);
  suggestClasses(hello.classes);
  state.cameras = hello.cameras;
  showTabs();
  selectCamera(hello.cameras.includes(state.camera) ? state.camera : (hello.cameras[0] ?? null));
}

/** Hides what this client may not do; the server refuses it anyway. */
function showScope(scope) {
  document.body.dataset.scope = scope;
  labelling.allow(scope !== 'view');
}

function selectCamera(camera) {
  if (camera !== state.camera) {
    state.camera = camera;
    picture.show(camera);
    figures.show(camera);
  }
  for (const tab of byId('cameras').children) {
    const isSelected = tab.dataset.camera === camera;
    tab.setAttribute('aria-selected', String(isSelected));
    tab.tabIndex = isSelected ? 0 : -1;
  }
  subscribe();
  showCameraState();
}

/** Requests pictures of the selected camera only, and none while the page is hidden. */
function subscribe() {
  if (state.camera === null || !connection.isOpen) return;
  void connection.ask({
    command: 'subscribe',
    cameras: [state.camera],
    maxFps: picturesPerSecond,
    pictures: document.visibilityState === 'visible',
  });
}

function showTabs() {
  const tabs = state.cameras.map((camera) => {
    const tab = make(
      'button',
      { type: 'button', role: 'tab', className: 'tab', dataset: { camera } },
      make('i', { 'aria-hidden': 'true' }),
      camera,
    );
    tab.addEventListener('click', () => selectCamera(camera));
    return tab;
  });
  byId('cameras').replaceChildren(...tabs);
  for (const [camera, now] of state.states) setCameraState(camera, now);
}

byId('cameras').addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined || state.cameras.length === 0) return;
  const { length } = state.cameras;
  selectCamera(state.cameras[(state.cameras.indexOf(state.camera) + step + length) % length]);
  byId('cameras').querySelector('[aria-selected=true]')?.focus();
});

function setCameraState(camera, now) {
  state.states.set(camera, now);
  const tab = [...byId('cameras').children].find(({ dataset }) => dataset.camera === camera);
  if (tab !== undefined) tab.dataset.state = now;
  if (camera === state.camera) showCameraState();
}

function showCameraState() {
  const now = state.states.get(state.camera) ?? 'running';
  const paused = now === 'paused';
  setText(byId('pause'), paused ? 'Resume' : 'Pause');
  byId('pause').disabled = state.camera === null;
  const notes = {
    starting: 'Camera starting…',
    lost: 'Camera lost; reconnecting…',
    paused: 'Paused',
    ended: 'End of the recording',
    failed: 'Camera failed',
  };
  if (notes[now] !== undefined) picture.note(notes[now]);
  else if (byId('picture').dataset.frame !== undefined) picture.note(null);
}

function setMarking(on) {
  picture.marking = on;
  byId('mark').setAttribute('aria-pressed', String(on));
  setText(byId('mark'), on ? 'Draw a box… (Esc)' : 'Mark an object');
}

byId('mark').addEventListener('click', (event) => {
  setMarking(event.currentTarget.getAttribute('aria-pressed') !== 'true');
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') setMarking(false);
});

byId('pause').addEventListener('click', async () => {
  const command = state.states.get(state.camera) === 'paused' ? 'resume' : 'pause';
  const answer = await connection.ask({ command, camera: state.camera });
  if (!answer.ok) toast(answer.message, { kind: 'error' });
  else setCameraState(state.camera, command === 'pause' ? 'paused' : 'running');
});

byId('rollback').addEventListener('click', async () => {
  const version = byId('fact-head').dataset.version;
  const isMeant = await confirm({
    title: 'Roll back?',
    text: `The previous head replaces head ${version} from the next frame on.`,
    yes: 'Roll back',
  });
  if (!isMeant) return;
  const answer = await connection.ask({ command: 'rollback' });
  if (!answer.ok) return toast(answer.message, { kind: 'error' });
  const to = answer.headVersion === undefined ? '' : ` to head ${answer.headVersion}`;
  toast(withNote(`Rolled back${to}`, answer));
});

function suggestClasses(learned) {
  const names = [...new Set([...learned, ...state.baseClasses])];
  const key = names.join('\n');
  if (key === state.suggestions || (learned.length === 0 && state.suggestions !== '')) return;
  state.suggestions = key;
  byId('class-names').replaceChildren(...names.map((name) => make('option', { value: name })));
}

function showConnection(now, retryInMs) {
  const status = byId('status');
  status.dataset.state = now;
  // Between two attempts the page shows old data as well.
  document.body.dataset.connection = now === 'open' ? 'open' : 'lost';
  setText(status, { open: 'live', connecting: 'connecting', lost: 'offline' }[now]);
  clearInterval(state.countdown);
  if (now === 'open') {
    byId('banner').hidden = true;
    health.start();
    return;
  }
  health.stop();
  if (now !== 'lost') return;
  const atMs = performance.now() + retryInMs;
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((atMs - performance.now()) / 1000));
    setText(byId('banner-text'), `Connection lost. Retrying in ${seconds} s.`);
  };
  // Screen readers announce the banner once, not every second of the countdown.
  if (byId('banner').hidden) announce('Connection lost');
  byId('banner').hidden = false;
  tick();
  state.countdown = setInterval(tick, 1000);
}

byId('banner-retry').addEventListener('click', () => connection.retryNow());
document.addEventListener('visibilitychange', subscribe);
connection.start();
