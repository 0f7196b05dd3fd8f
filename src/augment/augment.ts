// What may happen to a face before it is learned from, and the dice: options become a plan, one plan per face and epoch.
// What a plan does to landmarks is in place.ts, what it does to pixels in warp.ts, filters.ts and degrade.ts.
import { number } from '../base/options.ts';
import { between, type Random } from '../base/random.ts';

/** How often (`chance`, 0 to 1) and how strongly faces are changed. A chance of 0 switches a change off. */
export interface Augmentation {
  /** Rotation by up to `degrees` either way, about the centre of the crop. */
  rotation: { chance: number; degrees: number };
  /** Lays the crop about the landmarks anew after the rotation, as a detector would, instead of turning the face within the crop. */
  refit: boolean;
  /** Shift by up to `share` of the crop, in each direction. */
  shift: { chance: number; share: number };
  /** The crop becomes up to `share` larger or smaller. */
  scale: { chance: number; share: number };
  /** Mirrors the face; without a flip table never. */
  flip: { chance: number };
  /** A rectangle of one colour, each side up to `share` of the crop's. */
  occlusion: { chance: number; share: number };
  /** Gaussian blur; its standard deviation goes up to `radius`, in pixels of a crop of 256. */
  blur: { chance: number; radius: number };
  /** Takes the colours away. */
  grey: { chance: number };
  /** Brightness, contrast and saturation each change by a factor from 1 - x to 1 + x. */
  colour: { chance: number; brightness: number; contrast: number; saturation: number };
  /** A picture as of a poor camera: made up to `shrink` times smaller, compressed by JPEG's rules (quality from `quality` to 90), enlarged again. */
  degrade: { chance: number; shrink: number; quality: number };
}

/** Rotation, shift, flip, occlusion, blur and grey as in the authors' code (data_utils.py, train.py); the others are ours. */
export const AUGMENTATION: Augmentation = {
  rotation: { chance: 0.5, degrees: 30 },
  refit: false,
  shift: { chance: 0.5, share: 30 / 256 },
  scale: { chance: 0.5, share: 0.1 },
  flip: { chance: 0.5 },
  occlusion: { chance: 0.5, share: 0.4 },
  blur: { chance: 0.3, radius: 5 },
  grey: { chance: 0.2 },
  colour: { chance: 0.5, brightness: 0.25, contrast: 0.25, saturation: 0.25 },
  degrade: { chance: 0.1, shrink: 3, quality: 20 },
};

/** Some of the options; the others keep their default. */
export type AugmentationOptions = {
  [K in keyof Augmentation]?: Augmentation[K] extends object ? Partial<Augmentation[K]> : Augmentation[K];
};

/** What happens to one face. */
export interface Plan {
  /** Radians; positive turns the face anticlockwise. */
  angle: number;
  refit: boolean;
  /** Where the crop's centre goes, in units of the crop. */
  shiftX: number;
  shiftY: number;
  /** How much larger the crop becomes. */
  scale: number;
  flip: boolean;
  /** In units of the crop, its colour in bytes R, G, B. */
  occlusion?: { x: number; y: number; width: number; height: number; colour: readonly [number, number, number] };
  /** Standard deviation in units of the crop. */
  blur: number;
  /** Factors; saturation 0 is grey. */
  brightness: number;
  contrast: number;
  saturation: number;
  degrade?: { shrink: number; quality: number };
}

/** Nothing happens. */
export const UNCHANGED: Plan = {
  angle: 0,
  refit: false,
  shiftX: 0,
  shiftY: 0,
  scale: 1,
  flip: false,
  blur: 0,
  brightness: 1,
  contrast: 1,
  saturation: 1,
};

/**
 * The defaults with some options replaced.
 *
 * @throws ArgumentError for a value outside its range
 */
export function augmentation(options: AugmentationOptions = {}): Augmentation {
  const merged = Object.fromEntries(
    Object.entries(AUGMENTATION).map(([name, value]) => {
      const given = options[name as keyof Augmentation] ?? {};
      return [name, typeof value === 'object' ? { ...value, ...(given as object) } : (options.refit ?? value)];
    }),
  ) as unknown as Augmentation;
  for (const [name, limits] of Object.entries(RANGES)) {
    const values = merged[name as keyof typeof RANGES] as Record<string, number>;
    for (const [key, [least, most]] of Object.entries({ chance: [0, 1], ...limits })) {
      number(least, most)(values[key], `augmentation: ${name}.${key}`);
    }
  }
  return merged;
}

const RANGES = {
  rotation: { degrees: [0, 180] },
  shift: { share: [0, 0.5] },
  scale: { share: [0, 0.5] },
  flip: {},
  occlusion: { share: [0, 1] },
  blur: { radius: [0, 64] },
  grey: {},
  colour: { brightness: [0, 1], contrast: [0, 1], saturation: [0, 1] },
  degrade: { shrink: [1, 16], quality: [1, 90] },
} satisfies Partial<Record<keyof Augmentation, Record<string, readonly [number, number]>>>;

/** Side of the crop that the authors' pixel counts are of. */
const REFERENCE_SIZE = 256;
const MAX_JPEG_QUALITY = 90;

/** Throws the dice for one face: always the same number of them, so that one option never changes what another draws. */
export function drawPlan(random: Random, options: Augmentation): Plan {
  const happens = ({ chance }: { chance: number }) => random() < chance;
  const either = (limit: number) => between(random, -limit, limit);
  const { rotation, shift, scale, flip, occlusion, blur, grey, colour, degrade } = options;

  const turned = happens(rotation);
  const angle = (either(rotation.degrees) * Math.PI) / 180;
  const moved = happens(shift);
  const [shiftX, shiftY] = [either(shift.share), either(shift.share)];
  const scaled = happens(scale);
  const factor = 1 + either(scale.share);
  const flipped = happens(flip);

  const hidden = happens(occlusion);
  const [width, height] = [random() * occlusion.share, random() * occlusion.share];
  const [x, y] = [random() * (1 - width), random() * (1 - height)];
  const byte = () => Math.floor(random() * 256);
  const patch = { x, y, width, height, colour: [byte(), byte(), byte()] as const };

  const blurred = happens(blur);
  const deviation = (random() * blur.radius) / REFERENCE_SIZE;
  const greyed = happens(grey);
  const coloured = happens(colour);
  const [brightness, contrast, saturation] = [colour.brightness, colour.contrast, colour.saturation].map((limit) => 1 + either(limit));
  const degraded = happens(degrade);
  const loss = { shrink: between(random, 1, degrade.shrink), quality: between(random, degrade.quality, MAX_JPEG_QUALITY) };

  return {
    angle: turned ? angle : 0,
    refit: options.refit,
    shiftX: moved ? shiftX : 0,
    shiftY: moved ? shiftY : 0,
    scale: scaled ? factor : 1,
    flip: flipped,
    ...(hidden ? { occlusion: patch } : {}),
    blur: blurred ? deviation : 0,
    brightness: coloured ? brightness : 1,
    contrast: coloured ? contrast : 1,
    saturation: greyed ? 0 : coloured ? saturation : 1,
    ...(degraded ? { degrade: loss } : {}),
  };
}
