// SPDX-License-Identifier: Apache-2.0
// What the Node programs share: named steps, each printing one line of the transcript.
'use strict';

const policy = process.argv[3];

function show(value) {
	const text = typeof value === 'string' ? value : JSON.stringify(value);
	return text === undefined ? '-' : text.replace(/\r?\n/g, '\\n');
}

// Runs a step and prints what came of it; an error is a result like any other.
async function step(name, work) {
	try {
		console.log(`${name}: ${show(await work())}`);
	} catch (err) {
		console.log(`${name}: failed ${err.statusCode} ${show(err.json || err.message)}`);
	}
}

// A step that only a policy allowing everything permits.
async function open(name, work) {
	if (policy !== 'ci')
		await step(name, work);
}

// The kind of each member, for answers whose values change from call to call.
function shape(value) {
	if (Array.isArray(value))
		return value.length ? [shape(value[0])] : [];
	if (value === null || typeof value !== 'object')
		return typeof value;
	return Object.fromEntries(Object.keys(value).sort().map((key) => [key, shape(value[key])]));
}

module.exports = {step, open, shape, policy};
