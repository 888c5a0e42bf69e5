// SPDX-License-Identifier: Apache-2.0
// testcontainers for Node, one line of transcript each. Arguments: SOCKET POLICY.
'use strict';

process.env.DOCKER_HOST = 'unix://' + process.argv[2];
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';

const {GenericContainer, Network, Wait} = require('testcontainers');
const {step, open} = require('./step.js');

async function plain() {
	const box = await new GenericContainer('bb:1').withCommand(['sh', '-c', 'echo ready; sleep 1000'])
		.withEnvironment({A: 'b'}).withWaitStrategy(Wait.forLogMessage('ready'))
		.withTmpFs({'/scratch': 'rw,size=1m'}).withUser('0').withWorkingDir('/tmp')
		.withLabels({l: '1'}).withResourcesQuota({memory: 0.0625}).start();
	await step('exec', async () => {
		const {output, exitCode} = await box.exec(['sh', '-c', 'echo $A; pwd; exit 3']);
		return [output, exitCode];
	});
	await open('copy', () => box.copyContentToContainer([{content: 'inside', target: '/tmp/copied'}]));
	await open('read', async () => (await box.exec(['cat', '/tmp/copied'])).output);
	await step('stop', async () => typeof await box.stop({timeout: 0}));
}

async function served() {
	const network = await new Network().start();
	const box = await new GenericContainer('bb:1').withExposedPorts(80).withNetwork(network)
		.withNetworkAliases('served').withCommand(['sh', '-c', 'echo up; exec sleep 1000'])
		.withWaitStrategy(Wait.forLogMessage('up')).start();
	await step('port', async () => box.getMappedPort(80) > 0);
	await step('name', async () => (await box.exec(['nslookup', 'served'])).output.includes('served'));
	await step('stop', async () => typeof await box.stop({timeout: 0}));
	await step('network', async () => typeof await network.stop());
}

(async () => {
	await step('plain', plain);
	await step('served', served);
	process.stdout.write('', () => process.exit());
})();
