// SPDX-License-Identifier: Apache-2.0
// dockerode's calls, one line of transcript each. Arguments: SOCKET POLICY.
'use strict';

const Docker = require('dockerode');
const fs = require('fs');
const os = require('os');
const path = require('path');
const {PassThrough} = require('stream');
const {step, open, shape} = require('./step.js');

const docker = new Docker({socketPath: process.argv[2]});
const SLEEP = ['sleep', '1000'];

function collect(stream) {
	return new Promise((resolve, reject) => {
		const pieces = [];
		stream.on('data', (piece) => pieces.push(piece));
		stream.on('end', () => resolve(Buffer.concat(pieces)));
		stream.on('error', reject);
	});
}

// The two outputs of a hijacked stream, once it ends.
async function outputs(stream) {
	const out = new PassThrough(), err = new PassThrough();
	docker.modem.demuxStream(stream, out, err);
	stream.on('end', () => { out.end(); err.end(); });
	const [first, second] = await Promise.all([collect(out), collect(err)]);
	return `${first}|${second}`;
}

function progress(stream) {
	return new Promise((resolve, reject) => {
		docker.modem.followProgress(stream, (err, rows) => err ? reject(err) : resolve(rows));
	});
}

// What a build said. Its output comes in pieces of any size.
async function said(stream) {
	const rows = await progress(stream);
	return [rows.map((row) => row.stream || '').join(''), rows.filter((row) => !row.stream)];
}

async function host() {
	await step('ping', async () => String(await docker.ping()));
	await step('info', async () => shape(await docker.info()));
	await step('version', async () => shape(await docker.version()));
	await open('df', async () => shape(await docker.df()));
	await open('auth', () => docker.checkAuth({username: 'u', password: 'p',
		serveraddress: 'http://127.0.0.1:1'}));
	await step('events of the past', async () =>
		String(await collect(await docker.getEvents({since: 1, until: 2}))));
}

async function attached() {
	const box = await docker.createContainer({
		name: 'node-attached', Image: 'bb:1', Cmd: ['sh', '-c', 'echo to-err >&2; cat; exit 3'],
		OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true,
		Env: ['A=b'], Labels: {compat: 'yes'},
		HostConfig: {Memory: 1 << 26, PidsLimit: 100, RestartPolicy: {Name: 'no'}},
	});
	await step('inspect', async () => {
		const found = await box.inspect();
		return [found.State.Status, found.Config.Env, found.HostConfig.Memory];
	});
	const stream = await box.attach({stream: true, stdin: true, stdout: true, stderr: true,
		hijack: true});
	const heard = outputs(stream);
	await step('start', () => box.start());
	const waited = box.wait();
	stream.write('x'.repeat(300000) + '\n');
	stream.end();
	await step('attach', async () => {
		const text = await heard;
		return [text.length, text.slice(-10)];
	});
	await step('wait', () => waited);
	await step('logs', async () => {
		const all = await box.logs({stdout: true, stderr: true, tail: 1, timestamps: false});
		return all.length;
	});
	await step('remove', () => box.remove({v: true}));
	await step('inspect what is gone', () => box.inspect());
}

async function terminal() {
	const box = await docker.createContainer({
		name: 'node-terminal', Image: 'bb:1', Cmd: ['sh', '-c', 'read x; stty size; echo "got $x"'],
		Tty: true, OpenStdin: true, AttachStdin: true, AttachStdout: true});
	const stream = await box.attach({stream: true, stdin: true, stdout: true, stderr: true});
	const heard = collect(stream);
	await box.start();
	await step('resize', async () => String(await box.resize({h: 30, w: 100})));
	stream.write('hello\n');
	await step('terminal', async () => String(await heard));
	await box.remove({force: true});
}

async function execs(box) {
	const exec = await box.exec({Cmd: ['sh', '-c', 'cat; echo late >&2; exit 4'], AttachStdin: true,
		AttachStdout: true, AttachStderr: true, Env: ['B=c'], WorkingDir: '/tmp', User: '0'});
	await step('exec', async () => {
		const stream = await exec.start({hijack: true, stdin: true});
		const heard = outputs(stream);
		stream.write('abc\n');
		stream.end();
		return heard;
	});
	await step('exec inspect', async () => (await exec.inspect()).ExitCode);
	const plain = await box.exec({Cmd: ['echo', 'no upgrade'], AttachStdout: true});
	await step('exec without stdin', async () => outputs(await plain.start({})));
	const tty = await box.exec({Cmd: ['sh', '-c', 'stty size'], AttachStdout: true, Tty: true});
	await step('exec with a terminal', async () =>
		String(await collect(await tty.start({Tty: true, hijack: true}))));
	const away = await box.exec({Cmd: ['true']});
	await step('exec detached', async () => {
		const stream = await away.start({Detach: true});
		return String(await collect(stream));
	});
	await step('exec of nothing', () => docker.getExec('nothing').start({}));
}

async function running() {
	const box = await docker.createContainer({name: 'node-running', Image: 'bb:1', Cmd: SLEEP,
		StopTimeout: 0, ExposedPorts: {'80/tcp': {}},
		HostConfig: {PortBindings: {'80/tcp': [{HostIp: '127.0.0.1', HostPort: '7272'}]}}});
	await box.start();
	await step('start again', async () => String(await box.start()));
	await step('stats', async () => shape(await box.stats({stream: false})));
	await step('stats of a stream', async () => {
		const stream = await box.stats({stream: true});
		const first = await new Promise((resolve) => stream.once('data', resolve));
		stream.destroy();
		return String(first)[0];
	});
	await step('top', async () => (await box.top()).Titles.length > 2);
	await open('top with arguments', async () => (await box.top({ps_args: '-o pid,args'})).Titles);
	await execs(box);
	await step('pause', async () => String(await box.pause()));
	await step('unpause', async () => String(await box.unpause()));
	await open('update', () => box.update({Memory: 1 << 26, MemorySwap: -1}));
	await step('changes', () => box.changes());
	await step('rename', async () => String(await box.rename({name: 'node-renamed'})));
	await open('archive put', async () => String(await box.putArchive(
		tarOf('x', 'inside'), {path: '/tmp'})));
	await open('archive get', async () =>
		(await collect(await box.getArchive({path: '/etc/passwd'}))).length);
	await open('archive stat', async () => {
		const stat = await box.infoArchive({path: '/etc/passwd'});
		return stat.headers ? Object.keys(stat.headers).sort() : shape(stat);
	});
	await open('export', async () => (await collect(await box.export())).length > 100000);
	await open('commit', () => box.commit({repo: 'node-committed', tag: '1', comment: 'c'}));
	await open('remove what was committed', async () =>
		(await docker.getImage('node-committed:1').remove()).length);
	await step('list', async () => (await docker.listContainers({all: true,
		filters: {name: ['node-renamed']}})).map((row) => [row.Names, row.Ports, row.State]));
	await step('follow logs', async () => {
		const stream = await box.logs({follow: true, stdout: true, stderr: true});
		const heard = collect(stream);
		await box.restart({t: 0});
		await box.kill({signal: 'SIGKILL'});
		return String(await heard);
	});
	await step('stop', async () => String(await box.stop({t: 0}).catch((err) => err.statusCode)));
	await step('wait for it', () => box.wait({condition: 'not-running'}));
	await step('remove by force', async () => String(await box.remove({force: true, v: true})));
}

// A tar archive of one small file.
function tarOf(name, text) {
	const head = Buffer.alloc(512), body = Buffer.alloc(512);
	head.write(name, 0);
	head.write('0000644\0', 100);
	head.write('0000000\0', 108);
	head.write('0000000\0', 116);
	head.write(text.length.toString(8).padStart(11, '0') + '\0', 124);
	head.write('00000000000\0', 136);
	head.write('        ', 148);
	head.write('0ustar\0', 156);
	head.write('00', 263);
	head.write(head.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0') + '\0 ', 148);
	body.write(text);
	return Buffer.concat([head, body, Buffer.alloc(1024)]);
}

async function images() {
	await step('images', async () => shape(await docker.listImages()));
	await step('image inspect', async () => (await docker.getImage('bb:1').inspect()).Config.Cmd);
	await open('image history', async () => shape(await docker.getImage('bb:1').history()));
	await open('tag', async () => (await docker.getImage('bb:1').tag({repo: 'node', tag: '2'}), 1));
	await open('save', async () => {
		const saved = await collect(await docker.getImage('node:2').get());
		const loaded = await progress(await docker.loadImage(require('stream').Readable.from([saved])));
		return loaded;
	});
	await open('untag', async () => shape(await docker.getImage('node:2').remove()));
	await step('pull', async () => progress(await docker.pull('bb:nope')));
	await step('pull with a login', async () => progress(await docker.pull('bb:nope', {
		authconfig: {username: 'u', password: 'p', serveraddress: 'registry.example.org'}})));
	await open('push', async () => progress(await docker.getImage('bb:1').push({authconfig: {}})));
	await open('search', () => docker.searchImages({term: 'x'}));
	await open('prune images', () => docker.pruneImages());
}

async function builds() {
	const context = fs.mkdtempSync(path.join(os.tmpdir(), 'compat-'));
	fs.writeFileSync(path.join(context, 'Dockerfile'),
		'FROM bb:1\nARG WHO\nCOPY payload /payload\nRUN echo "for $WHO"; sha256sum /payload\n');
	fs.writeFileSync(path.join(context, 'payload'), Buffer.alloc(3 << 20, 'p'));
	await open('build', async () => said(await docker.buildImage(
		{context, src: ['Dockerfile', 'payload']},
		{t: 'node-built:1', buildargs: {WHO: 'you'}, labels: {a: 'b'}, nocache: true, forcerm: true})));
	await open('remove what was built', async () =>
		shape(await docker.getImage('node-built:1').remove({force: true})));
	fs.writeFileSync(path.join(context, 'Dockerfile'), 'FROM bb:1\nRUN exit 9\n');
	await open('build that fails', async () => said(await docker.buildImage(
		{context, src: ['Dockerfile']}, {nocache: true, forcerm: true})));
	fs.rmSync(context, {recursive: true});
}

async function others() {
	const network = await docker.createNetwork({Name: 'node-net', CheckDuplicate: true,
		Driver: 'bridge', Labels: {a: 'b'}});
	const box = await docker.createContainer({name: 'node-netted', Image: 'bb:1', Cmd: SLEEP});
	await step('connect', async () => String(await network.connect({Container: 'node-netted',
		EndpointConfig: {Aliases: ['one', 'two']}})));
	await step('network', async () => (await network.inspect()).Name);
	await step('networks', async () => (await docker.listNetworks(
		{filters: {name: ['node-net']}})).map((row) => row.Name));
	await step('disconnect', async () => String(await network.disconnect({Container: 'node-netted',
		Force: true})));
	await box.remove();
	await step('network remove', async () => String(await network.remove()));
	const volume = await docker.createVolume({Name: 'node-vol', Driver: 'local', Labels: {a: 'b'}});
	await step('volume', async () => (await volume.inspect()).Labels);
	await step('volumes', async () => (await docker.listVolumes()).Volumes.length > 0);
	await step('volume remove', async () => String(await volume.remove({force: true})));
	await open('prune containers', () => docker.pruneContainers({filters: {label: ['none']}}));
	await open('prune volumes', () => docker.pruneVolumes());
	await open('prune networks', () => docker.pruneNetworks());
	await open('swarm', async () => docker.swarmInspect());
	await open('plugins', () => docker.listPlugins());
	await step('run', async () => {
		const out = new PassThrough(), heard = collect(out);
		const [result] = await docker.run('bb:1', ['echo', 'ran'], out,
			{HostConfig: {AutoRemove: true}});
		out.end();
		return [result, String(await heard)];
	});
}

(async () => {
	await host();
	await attached();
	await terminal();
	await running();
	await images();
	await builds();
	await others();
	// A refused push leaves its connection open in the client.
	process.stdout.write('', () => process.exit());
})();
