// A thread of `--jobs`: first it is told how faces are found, then it is given pictures.
import { answerParent } from '../runtimes/node/answer-parent.ts';
import type { Pipnet } from '../runtimes/node/index.ts';
import { detectOne, load, type FindOptions, type PictureJob } from './detect-one.ts';

let options: FindOptions;
let loading: Promise<Pipnet>;

// The decoders print remarks of their own; standard output is for results.
console.log = () => {};
answerParent(async (question: { load: FindOptions } | PictureJob) => {
  if (!('load' in question)) return detectOne(await loading, question, options);
  options = question.load;
  loading = load(options);
  return (await loading).info();
});
