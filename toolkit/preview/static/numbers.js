// How numbers, units and times are written. The units are those of metadata.csv and of a widget's number format.

const SCALES = {
  plain: { base: 1000, names: ['', 'k', 'M', 'G', 'T', 'P'] },
  byte: { base: 1024, names: ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] },
};

const SECONDS = { nanosecond: 1e-9, microsecond: 1e-6, millisecond: 1e-3, second: 1, minute: 60, hour: 3600, day: 86400 };

const DURATIONS = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's'], [1e-3, 'ms'], [1e-6, 'µs'], [1e-9, 'ns']];

function digits(value, precision) {
  if (precision !== undefined && precision !== null) return value.toFixed(precision);
  const size = Math.abs(value);
  if (size === 0 || Number.isInteger(value)) return String(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return String(Number(value.toFixed(1)));
  if (size >= 0.01) return String(Number(value.toFixed(2)));
  return value.toPrecision(1);
}

function scaled(value, scale, precision) {
  let level = 0;
  while (Math.abs(value) >= scale.base && level < scale.names.length - 1) {
    value /= scale.base;
    level += 1;
  }
  const name = scale.names[level];
  return digits(value, precision) + (scale === SCALES.byte ? ` ${name}` : name);
}

function duration(seconds, precision) {
  if (seconds === 0) return '0 s';
  const [size, name] = DURATIONS.find(([least]) => Math.abs(seconds) >= least) || DURATIONS.at(-1);
  return `${digits(seconds / size, precision)} ${name}`;
}

// Returns [number, unit] as texts. `format` has unit, per (a unit of time) and precision, all of which may be absent.
export function parts(value, format = {}) {
  const { unit, per, precision } = format;
  const rate = per ? `/${per === 'second' ? 's' : per}` : '';
  if (value === null || value === undefined || Number.isNaN(value)) return ['–', ''];
  if (unit === 'unix second') return [new Date(value * 1000).toISOString().slice(0, 19).replace('T', ' '), 'UTC'];
  if (unit in SECONDS && !per) return split(duration(value * SECONDS[unit], precision), '');
  if (unit === 'byte') return split(scaled(value, SCALES.byte, precision), rate);
  if (unit === 'percent') return [digits(value, precision), `%${rate}`];
  if (unit === 'fraction') return [digits(value * 100, precision), `%${rate}`];
  const name = unit || '';
  return [scaled(value, SCALES.plain, precision), name + rate];
}

function split(text, rate) {
  const [number, name] = text.split(' ');
  return [number, name + rate];
}

export function text(value, format = {}) {
  const [number, unit] = parts(value, format);
  const gap = unit === '' || unit.startsWith('/') || unit.startsWith('%') ? '' : ' ';
  return number + gap + unit;
}

// For the ticks of an axis: units of which every tick would repeat the name are left out.
export function tick(value, format = {}) {
  const { unit, per } = format;
  const told = unit === 'byte' || unit === 'percent' || unit === 'fraction' || (unit in SECONDS && !per);
  return told ? text(value, { unit }) : scaled(value, SCALES.plain);
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB');
}

export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
