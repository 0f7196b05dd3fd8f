// The page: pictures and frames come in from files, the clipboard and the camera, go to the model, and come back with faces.
import { listCameras, openCamera } from './camera.js';
import { disguiseLoaded } from './disguise.js';
import { Figures } from './figures.js';
import { copy, keep } from './keep.js';
import { showMeasures } from './measures.js';
import { Model, urlOf } from './model.js';
import { keepForLater, workOffline } from './offline.js';
import { Announcer, choiceOf, orSay, page, say, sayFaces, showMode } from './page.js';
import { sizeOf } from './paint-picture.js';
import { openPicture, turn } from './picture.js';
import { Player } from './player.js';
import { receiveFiles } from './receive-files.js';
import { openSample, SAMPLES } from './samples.js';
import { MODEL_FILE, Settings } from './settings.js';
import { snippetOf } from './snippet.js';
import { Stage } from './stage.js';

const stage = new Stage(page.canvas, choiceOf(page.show));
const player = new Player(page.video);
const figures = new Figures(page);

// First of all, so that the worker's files are kept for the next visit too. Without it the page works, but only online.
await workOffline().catch(() => {});
const model = new Model();
const settings = new Settings(model, tellCode, lookAtPicture);

/** The picture on the stage, if it is one and no video's. */
let picture;

/** What is on the stage: "picture", "video" or "camera". */
let source = 'picture';

function tellCode() {
  const { name, threads } = settings;
  page.code.textContent = snippetOf({ source, model: name, threads, landmarks: model.info.landmarks, ...choiceOf(page.show) });
}

const takeFile = orSay(async (file) => {
  if (!file) throw new Error('There was no file in that: drop or paste a picture.');
  if (file.name.endsWith(MODEL_FILE)) return settings.open(file);
  if (file.type.startsWith('video/')) return openVideo(file);
  await takePicture(await openPicture(file));
});

async function takePicture(next) {
  closeVideo();
  picture = next;
  source = 'picture';
  showMode('picture');
  stage.show({ frame: picture, faces: [] });
  await lookAtPicture();
}

async function lookAtPicture() {
  if (!picture) return;
  const looked = picture;
  await settings.prepare(false);
  if (looked !== picture) return;
  say('Looking…');
  const answer = await model.look(looked);
  if (looked !== picture) return;
  stage.show({ frame: looked, faces: answer.faces });
  showMeasures(page, answer.faces);
  figures.addPicture(answer);
  sayFaces(answer.faces.length);
}

let isAsking = false;

async function openTheCamera(deviceId) {
  // One question for permission at a time.
  if (isAsking) return;
  isAsking = true;
  say('Waiting for the camera…');
  let stream;
  try {
    stream = await openCamera(deviceId).finally(() => (isAsking = false));
    const [track] = stream.getVideoTracks();
    track.onended = () => {
      closeVideo(stream);
      say('The camera has stopped.', true);
    };
    await play(stream, async () => {
      page.camera.ariaPressed = 'true';
      page.camera.textContent = 'Stop';
      const cameras = await listCameras();
      page.cameras.replaceChildren(...cameras.map(({ label, deviceId }) => new Option(label, deviceId)));
      page.cameras.value = track.getSettings().deviceId;
      page.chooseCamera.hidden = cameras.length < 2;
    });
  } catch (error) {
    closeVideo(stream);
    say(error.message, true);
  }
}

async function openVideo(file) {
  try {
    await play(file);
  } catch (error) {
    closeVideo(file);
    // What browsers say of a video that they can't play is of no use to anyone.
    throw error instanceof DOMException
      ? new Error(`“${file.name}” is no video that this browser can play. MP4 and WebM mostly work.`)
      : error;
  }
}

/** Follows the faces of a stream or a file, until something else comes. */
async function play(stream, opened = async () => {}) {
  closeVideo();
  await player.open(stream);
  if (player.source !== stream) return;
  picture = undefined;
  source = stream instanceof MediaStream ? 'camera' : 'video';
  showMode('video');
  figures.restart();
  await opened();
  await settings.prepare(true);
  await model.forget();
  // Something else may have come meanwhile.
  if (player.source !== stream) return;
  // Whoever looks at their own face expects a mirror.
  const mirror = source === 'camera' && stream.getVideoTracks()[0].getSettings().facingMode !== 'environment';
  const announcer = new Announcer();
  await player.watch(
    (frame) => model.follow(frame),
    (frame, answer) => {
      stage.show({ frame, faces: answer.faces, mirror });
      showMeasures(page, answer.faces);
      figures.addFrame(answer);
      announcer.see(answer.faces.length);
    },
  );
}

/** @param stream or file; default the one that plays, if one does */
function closeVideo(stream = player.source) {
  if (stream === undefined || stream !== player.source) return;
  player.close();
  stage.clear();
  showMeasures(page, []);
  showMode('nothing');
  say('');
  page.camera.ariaPressed = 'false';
  page.camera.textContent = 'Camera';
  page.pause.textContent = 'Pause';
  page.canvas.ariaLabel = 'No picture';
  page.chooseCamera.hidden = true;
}

receiveFiles(takeFile);
page.file.onchange = () => {
  const [file] = page.file.files;
  // The same file may be chosen again.
  page.file.value = '';
  if (file) takeFile(file);
};
page.samples.append(
  ...SAMPLES.map((sample) => {
    const button = Object.assign(document.createElement('button'), { type: 'button', title: sample.name });
    button.append(...sample.urls.slice(0, 4).map((url) => Object.assign(new Image(), { src: url, alt: '' })));
    button.ariaLabel = sample.name;
    button.onclick = orSay(async () => takePicture(await openSample(sample)));
    return button;
  }),
);
page.camera.onclick = () => (page.camera.ariaPressed === 'true' ? closeVideo() : openTheCamera());
page.cameras.onchange = () => openTheCamera(page.cameras.value);
page.pause.onclick = orSay(async () => {
  page.pause.textContent = (await player.pauseOrPlay()) ? 'Play' : 'Pause';
});
page.rotate.onclick = orSay(async () => takePicture(turn(picture)));
page.show.onchange = () => {
  stage.choice = choiceOf(page.show);
  tellCode();
};
page.snapshot.onclick = orSay(async () => keep(await stage.snapshot(), 'faces.png'));
page.json.onclick = orSay(async () => {
  const { frame, faces } = stage.shown;
  await copy(JSON.stringify({ ...sizeOf(frame), faces }, null, 2));
  say('Copied: the faces as JSON.');
});
page.copyCode.onclick = orSay(async () => {
  await copy(page.code.textContent);
  say('Copied: the code.');
});

showMode('nothing');
await orSay(async () => {
  await settings.prepare(false);
  stage.meanFace = model.meanFace;
  await disguiseLoaded();
  // Where there is no network later.
  await keepForLater([urlOf('nano'), ...SAMPLES.flatMap(({ urls }) => urls)]);
})();
