// SPDX-License-Identifier: Apache-2.0
// dockerode with the calls that Homepage makes of it for one container. Arguments: SOCKET NAME.
'use strict';

const Docker = require('dockerode');
const {step} = require('./step');

async function main() {
	const docker = new Docker({socketPath: process.argv[2]});
	const name = process.argv[3];
	const container = docker.getContainer(name);

	await step('listed', async () => (await docker.listContainers({all: true})).some(
		(row) => row.Names.includes('/' + name)));
	await step('status', async () => (await container.inspect()).State.Status);
	await step('stats', async () => (await container.stats({stream: false})).memory_stats !== undefined);
}

main();
