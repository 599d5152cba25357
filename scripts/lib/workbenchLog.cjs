/**
 * Stands in for @vscode/spdlog in the workbench under test, whose native half npm alone can't build: log files, and with them all that
 * an output channel shows. tools.mjs copies it there; it has the names and the behaviour of the original's `index.js`.
 */
'use strict';
const { closeSync, mkdirSync, openSync, renameSync, writeSync } = require('node:fs');
const { dirname } = require('node:path');

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];
const off = levels.length;

/** Appends to a file at once; one that has grown too large is kept under another name beside a new one. */
class Logger {
  constructor(_kind, _name, file, mostBytes) {
    this.file = file;
    this.mostBytes = mostBytes;
    this.level = levels.indexOf('info');
    this.isPlain = false;
    this.open();
  }

  open() {
    this.descriptor = openSync(this.file, 'a');
    this.bytes = 0;
  }

  write(level, message) {
    if (level < this.level || this.descriptor === null) return;
    const time = new Date().toISOString().replace('T', ' ').replace('Z', '');
    const text = this.isPlain ? message : `${time} [${levels[level]}] ${message}\n`;
    if (this.bytes > this.mostBytes) {
      closeSync(this.descriptor);
      renameSync(this.file, `${this.file}.1`);
      this.open();
    }
    this.bytes += writeSync(this.descriptor, text);
  }

  trace(message) {
    this.write(0, message);
  }

  debug(message) {
    this.write(1, message);
  }

  info(message) {
    this.write(2, message);
  }

  warn(message) {
    this.write(3, message);
  }

  error(message) {
    this.write(4, message);
  }

  critical(message) {
    this.write(5, message);
  }

  getLevel() {
    return this.level;
  }

  setLevel(level) {
    this.level = Math.min(level, off);
  }

  setPattern() {}

  clearFormatters() {
    this.isPlain = true;
  }

  flush() {}

  drop() {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }
}

async function create(name, file, mostBytes, mostFiles) {
  mkdirSync(dirname(file), { recursive: true });
  return new Logger('rotating', name, file, mostBytes, mostFiles);
}

exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
