// The page: pictures come in from files, the clipboard and the camera, go to the model's worker, and come back with faces.
import { Camera } from './camera.js';
import { Figures } from './figures.js';
import { Model } from './model.js';
import { workOffline } from './offline.js';
import { Announcer, orSay, page, say, sayFaces } from './page.js';
import { openPicture } from './picture.js';
import { receiveFiles } from './receive-files.js';
import { MODEL_FILE, Settings } from './settings.js';
import { Stage } from './stage.js';

const SAMPLE = new URL('../../test/images/grace-hopper.jpg', import.meta.url);

const stage = new Stage(page.canvas);
const camera = new Camera(page.video);
const figures = new Figures(page);

// First of all, so that the worker's files are kept for the next visit too. Without it the page works, but only online.
await workOffline().catch(() => {});
const model = new Model();
const settings = new Settings(model, stage, lookAtPicture);

/** The picture on the stage, if it is one and not the camera's. */
let picture;

const takeFile = orSay(async (file) => {
  if (!file) throw new Error('There was no file in that: drop or paste a picture.');
  if (file.name.endsWith(MODEL_FILE)) return settings.open(file);
  const opened = await openPicture(file);
  closeCamera();
  setPicture(opened);
  await lookAtPicture();
});

function setPicture(next) {
  picture?.close();
  picture = next;
  page.invitation.hidden = true;
}

async function lookAtPicture() {
  if (!picture) return;
  const looked = picture;
  say('Looking…');
  // The worker gets a copy: another model may have to look at the same picture.
  const answer = await model.look(await createImageBitmap(looked));
  if (looked !== picture) return answer.frame.close();
  stage.show(answer.frame, answer.faces);
  figures.addPicture(answer);
  sayFaces(answer.faces.length);
}

let isOpening = false;

async function openCamera(deviceId) {
  // One question for permission at a time.
  if (isOpening) return;
  isOpening = true;
  try {
    say('Waiting for the camera…');
    await camera.open(deviceId).finally(() => (isOpening = false));
    setPicture(undefined);
    page.camera.ariaPressed = 'true';
    page.camera.textContent = 'Stop';
    page.following.hidden = false;
    figures.restart();
    await listCameras();
    await watchCamera();
  } catch (error) {
    closeCamera();
    say(error.message, true);
  }
}

async function watchCamera() {
  const { isMirror } = camera;
  const announcer = new Announcer();
  let follows = false;
  await camera.watch(async (frame) => {
    const answer = await model.look(frame, { isLive: true, follows });
    if (!camera.isOpen) return answer.frame.close();
    follows = true;
    stage.show(answer.frame, answer.faces, isMirror);
    figures.addFrame(answer);
    announcer.see(answer.faces.length);
  });
}

function closeCamera() {
  if (page.camera.ariaPressed === 'false') return;
  camera.close();
  stage.clear();
  figures.restart();
  say('');
  page.camera.ariaPressed = 'false';
  page.camera.textContent = 'Camera';
  page.canvas.ariaLabel = 'No picture';
  page.following.hidden = true;
  page.chooseCamera.hidden = true;
  page.invitation.hidden = false;
}

/** Lets one choose where there is a choice; cameras have names only once one of them is open. */
async function listCameras() {
  const devices = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
  page.cameras.replaceChildren(...devices.map(({ label, deviceId }) => new Option(label, deviceId)));
  page.cameras.value = camera.deviceId;
  page.chooseCamera.hidden = devices.length < 2;
}

receiveFiles(takeFile);
page.file.onchange = () => {
  const [file] = page.file.files;
  // The same file may be chosen again.
  page.file.value = '';
  if (file) takeFile(file);
};
page.sample.onclick = orSay(async () => {
  const response = await fetch(SAMPLE);
  await takeFile(new File([await response.blob()], 'grace-hopper.jpg'));
});
page.camera.onclick = () => (camera.isOpen ? closeCamera() : openCamera());
page.cameras.onchange = () => openCamera(page.cameras.value);
page.layers.onchange = () => {
  stage.layers = Object.fromEntries(Array.from(page.layers.querySelectorAll('input'), ({ name, checked }) => [name, checked]));
};

await orSay(() => settings.start())();
