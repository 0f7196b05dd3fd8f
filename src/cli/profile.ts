import { median } from '../base/statistics.ts';
import type { Pipnet } from '../api.ts';
import { LocalPipnet } from '../pipnet.ts';

/** One layer's time; `gflops` counts the operations of a direct convolution, so that a better algorithm shows. */
export interface LayerProfile {
  layer: string;
  algorithm: string;
  milliseconds: number;
  gflops: number;
}

const REPEATS = 30;

/** Where the time of the landmark network goes: each layer, timed by itself; medians. */
export function profileOf<Source>(pipnet: Pipnet<Source>): LayerProfile[] {
  const { engine, network } = LocalPipnet.partsOf(pipnet);
  const { steps } = network.prepare();
  const times = steps.map((): number[] => []);
  // One round is not counted: caches and the runtime's compiler warm up.
  for (let round = -1; round < REPEATS; round++) {
    steps.forEach((step, i) => {
      const start = performance.now();
      engine.run([step]);
      if (round >= 0) times[i].push(performance.now() - start);
    });
  }
  return steps.map(({ layer, algorithm, flops }, i) => {
    const milliseconds = median(times[i]);
    return { layer, algorithm, milliseconds, gflops: flops / milliseconds / 1e6 };
  });
}
