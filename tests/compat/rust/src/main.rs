// SPDX-License-Identifier: Apache-2.0

//! bollard's calls, one line of transcript each. Arguments: SOCKET POLICY.

use std::collections::HashMap;
use std::fmt::Debug;
use std::future::Future;

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::{
    ContainerConfig, ContainerCreateBody, ContainerUpdateBody, ExecConfig, HealthConfig, HostConfig,
    NetworkConnectRequest, NetworkCreateRequest, NetworkDisconnectRequest, VolumeCreateRequest,
};
use bollard::query_parameters::*;
use bollard::{body_full, Docker, API_DEFAULT_VERSION};
use futures_util::{Stream, StreamExt};
use tokio::io::AsyncWriteExt;

const SECONDS: u64 = 60;
const NAME: &str = "bollard-box";

type Heard<T> = Result<Vec<T>, Error>;

/// Prints what came of a step; an error is a result like any other.
fn show<T: Debug>(name: &str, result: Result<T, Error>) {
    match result {
        Ok(value) => println!("{name}: {value:?}"),
        Err(error) => println!("{name}: failed {}", error.to_string().replace('\n', "\\n")),
    }
}

async fn step<T: Debug>(name: &str, work: impl Future<Output = Result<T, Error>>) {
    show(name, work.await);
}

/// A step whose answer differs from call to call.
async fn done<T>(name: &str, work: impl Future<Output = Result<T, Error>>) {
    show(name, work.await.map(|_| "done"));
}

/// All that a stream says, up to its first error.
async fn all<T>(stream: impl Stream<Item = Result<T, Error>>) -> Heard<T> {
    let mut stream = Box::pin(stream);
    let mut heard = Vec::new();
    while let Some(item) = stream.next().await {
        heard.push(item?);
    }
    Ok(heard)
}

/// How output is cut into pieces differs from run to run.
fn joined(heard: Heard<LogOutput>) -> Result<String, Error> {
    Ok(heard?.iter().map(|piece| piece.to_string()).collect())
}

fn words(words: &[&str]) -> Option<Vec<String>> {
    Some(words.iter().map(|word| word.to_string()).collect())
}

fn map(key: &str, value: &str) -> HashMap<String, String> {
    HashMap::from([(key.to_string(), value.to_string())])
}

fn filters(key: &str, value: &str) -> Option<HashMap<String, Vec<String>>> {
    Some(HashMap::from([(key.to_string(), vec![value.to_string()])]))
}

fn sleeper() -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some("bb:1".to_string()),
        cmd: words(&["sh", "-c", "echo out; echo err >&2; exec sleep 1000"]),
        stop_timeout: Some(0),
        ..Default::default()
    }
}

fn named(name: &str) -> Option<CreateContainerOptions> {
    Some(CreateContainerOptionsBuilder::default().name(name).build())
}

fn forced() -> Option<RemoveContainerOptions> {
    Some(RemoveContainerOptionsBuilder::default().force(true).v(true).build())
}

fn started() -> Option<StartContainerOptions> {
    None
}

async fn host(docker: &Docker) {
    step("ping", docker.ping()).await;
    done("version", docker.version()).await;
    done("info", docker.info()).await;
    let past = EventsOptionsBuilder::default().since("1").until("2").build();
    step("events of the past", all(docker.events(Some(past)))).await;
}

async fn exec(docker: &Docker, name: &str, config: ExecConfig, options: Option<StartExecOptions>, input: &[u8]) {
    let made = match docker.create_exec(NAME, config).await {
        Ok(made) => made.id,
        Err(error) => return show::<()>(name, Err(error)),
    };
    match docker.start_exec(&made, options).await {
        Ok(StartExecResults::Attached { output, input: mut to }) => {
            if !input.is_empty() {
                to.write_all(input).await.expect("writes");
                to.shutdown().await.expect("ends");
            }
            show(name, joined(all(output).await));
            let inspected = docker.inspect_exec(&made).await;
            show("how it ended", inspected.map(|state| state.exit_code));
        }
        Ok(StartExecResults::Detached) => show(name, Ok("detached")),
        Err(error) => show::<()>(name, Err(error)),
    }
}

async fn execs(docker: &Docker) {
    let said = ExecConfig {
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: words(&["sh", "-c", "echo $A; pwd; exit 3"]),
        env: words(&["A=b"]),
        working_dir: Some("/tmp".to_string()),
        ..Default::default()
    };
    exec(docker, "exec", said.clone(), None, b"").await;
    let large = StartExecOptions { output_capacity: Some(1 << 16), ..Default::default() };
    exec(docker, "exec with a capacity", said.clone(), Some(large), b"").await;
    let apart = StartExecOptions { detach: true, ..Default::default() };
    exec(docker, "exec detached", said, Some(apart), b"").await;
    let cat = ExecConfig {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        cmd: words(&["cat"]),
        ..Default::default()
    };
    exec(docker, "exec with input", cat, None, b"to and fro\n").await;
}

async fn logs(docker: &Docker, name: &str, follow: bool) {
    let options = LogsOptionsBuilder::default().stdout(true).follow(follow).tail("all").build();
    step(name, async { joined(all(docker.logs(NAME, Some(options))).await) }).await;
}

async fn life(docker: &Docker) {
    done("create", docker.create_container(named(NAME), sleeper())).await;
    done("the same again", docker.create_container(named(NAME), sleeper())).await;
    step("start", docker.start_container(NAME, started())).await;
    done("inspect", docker.inspect_container(NAME, None::<InspectContainerOptions>)).await;
    let listed = ListContainersOptions { all: true, filters: filters("name", NAME), ..Default::default() };
    step("list", async { docker.list_containers(Some(listed)).await.map(|rows| rows.len()) }).await;
    logs(docker, "logs", false).await;
    let once = StatsOptionsBuilder::default().stream(false).one_shot(true).build();
    step("stats", async { all(docker.stats(NAME, Some(once))).await.map(|rows| rows.len()) }).await;
    let first = docker.stats(NAME, None::<StatsOptions>).next().await;
    show("a stream of stats", first.expect("an answer").map(|_| "done"));
    done("top", docker.top_processes(NAME, None::<TopOptions>)).await;
    done("changes", docker.container_changes(NAME)).await;
    execs(docker).await;
    step("pause", docker.pause_container(NAME)).await;
    step("unpause", docker.unpause_container(NAME)).await;
    let now = RestartContainerOptionsBuilder::default().t(0).build();
    step("restart", docker.restart_container(NAME, Some(now))).await;
    let size = ResizeContainerTTYOptionsBuilder::default().h(20).w(60).build();
    step("resize", docker.resize_container_tty(NAME, size)).await;
    let other = RenameContainerOptionsBuilder::default().name("bollard-renamed").build();
    step("rename", docker.rename_container(NAME, other)).await;
    let back = RenameContainerOptionsBuilder::default().name(NAME).build();
    step("rename back", docker.rename_container("bollard-renamed", back)).await;
    let signal = KillContainerOptionsBuilder::default().signal("SIGKILL").build();
    step("kill", docker.kill_container(NAME, Some(signal))).await;
    step("wait", all(docker.wait_container(NAME, None::<WaitContainerOptions>))).await;
    step("start", docker.start_container(NAME, started())).await;
    step("stop", docker.stop_container(NAME, Some(StopContainerOptionsBuilder::default().t(0).build()))).await;
    step("remove", docker.remove_container(NAME, forced())).await;
    done("gone", docker.inspect_container(NAME, None::<InspectContainerOptions>)).await;
}

/// Its members as testcontainers and others fill them.
async fn runs(docker: &Docker) {
    let config = ContainerCreateBody {
        image: Some("bb:1".to_string()),
        cmd: words(&["sh", "-c", "cat; echo $A; exit 5"]),
        env: words(&["A=b c"]),
        user: Some("0:0".to_string()),
        labels: Some(map("l", "1")),
        open_stdin: Some(true),
        stdin_once: Some(true),
        attach_stdin: Some(true),
        healthcheck: Some(HealthConfig {
            test: words(&["CMD", "true"]),
            interval: Some(120 * 24 * 3600 * 1_000_000_000), // beyond 2^53
            ..Default::default()
        }),
        host_config: Some(HostConfig {
            memory: Some(1 << 26),
            network_mode: Some("none".to_string()),
            tmpfs: Some(map("/scratch", "size=1m")),
            ..Default::default()
        }),
        ..Default::default()
    };
    done("create", docker.create_container(named(NAME), config)).await;
    let options = AttachContainerOptionsBuilder::default().stdin(true).stdout(true).stream(true).build();
    match docker.attach_container(NAME, Some(options)).await {
        Err(error) => show::<()>("attach", Err(error)),
        Ok(mut attached) => {
            step("start", docker.start_container(NAME, started())).await;
            attached.input.write_all(b"to and fro\n").await.expect("writes");
            attached.input.shutdown().await.expect("ends");
            show("attach", joined(all(attached.output).await));
        }
    }
    let ended = docker.wait_container(NAME, None::<WaitContainerOptions>);
    step("wait", all(ended)).await;
    logs(docker, "logs", true).await;
    step("remove", docker.remove_container(NAME, forced())).await;
}

async fn images(docker: &Docker) {
    step("images", async {
        docker.list_images(None::<ListImagesOptions>).await.map(|rows| rows.len())
    }).await;
    done("image", docker.inspect_image("bb:1")).await;
    let pull = CreateImageOptionsBuilder::default().from_image("bb").tag("nope").build();
    done("pull", all(docker.create_image(Some(pull), None, None))).await;
}

async fn others(docker: &Docker) {
    let network = NetworkCreateRequest {
        name: "bollard-net".to_string(),
        driver: Some("bridge".to_string()),
        labels: Some(map("a", "b")),
        ..Default::default()
    };
    done("network", docker.create_network(network)).await;
    done("a container", docker.create_container(named(NAME), sleeper())).await;
    let joins = NetworkConnectRequest { container: NAME.to_string(), ..Default::default() };
    step("connect", docker.connect_network("bollard-net", joins)).await;
    done("its state", docker.inspect_network("bollard-net", None::<InspectNetworkOptions>)).await;
    let leaves = NetworkDisconnectRequest { container: NAME.to_string(), force: Some(true) };
    step("disconnect", docker.disconnect_network("bollard-net", leaves)).await;
    step("remove", docker.remove_container(NAME, forced())).await;
    step("network remove", docker.remove_network("bollard-net")).await;
    let volume = VolumeCreateRequest { name: Some("bollard-vol".to_string()), ..Default::default() };
    done("volume", docker.create_volume(volume)).await;
    done("its state", docker.inspect_volume("bollard-vol")).await;
    step("volume remove", docker.remove_volume("bollard-vol", None::<RemoveVolumeOptions>)).await;
}

/// What only a policy allowing everything permits.
async fn open(docker: &Docker) {
    done("df", docker.df(None::<DataUsageOptions>)).await;
    done("create", docker.create_container(named(NAME), sleeper())).await;
    step("start", docker.start_container(NAME, started())).await;
    let more = ContainerUpdateBody { memory: Some(1 << 27), memory_swap: Some(-1), ..Default::default() };
    step("update", docker.update_container(NAME, more)).await;
    let target = UploadToContainerOptionsBuilder::default().path("/tmp").build();
    let archive = body_full(vec![0u8; 1024].into()); // an empty one: two blocks of zeros
    step("put", docker.upload_to_container(NAME, Some(target), archive)).await;
    let source = DownloadFromContainerOptionsBuilder::default().path("/etc/passwd").build();
    done("get", all(docker.download_from_container(NAME, Some(source)))).await;
    done("export", all(docker.export_container(NAME))).await;
    let commit = CommitContainerOptionsBuilder::default().container(NAME).repo("bollard").tag("1").build();
    done("commit", docker.commit_container(commit, ContainerConfig::default())).await;
    step("remove", docker.remove_container(NAME, forced())).await;
    done("history", docker.image_history("bollard:1")).await;
    let tag = TagImageOptionsBuilder::default().repo("bollard").tag("2").build();
    step("tag", docker.tag_image("bollard:1", Some(tag))).await;
    done("save", all(docker.export_image("bollard:2"))).await;
    for image in ["bollard:1", "bollard:2"] {
        done("untag", docker.remove_image(image, None::<RemoveImageOptions>, None)).await;
    }
    done("build of nothing", all(docker.build_image(
        BuildImageOptionsBuilder::default().t("bollard:3").rm(true).build(), None,
        Some(body_full(vec![0u8; 1024].into()))))).await;
    done("prune", docker.prune_containers(None::<PruneContainersOptions>)).await;
    done("prune", docker.prune_images(None::<PruneImagesOptions>)).await;
    done("prune", docker.prune_networks(None::<PruneNetworksOptions>)).await;
    done("prune", docker.prune_volumes(None::<PruneVolumesOptions>)).await;
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let docker = Docker::connect_with_unix(&arguments[1], SECONDS, API_DEFAULT_VERSION)
        .expect("a socket")
        .negotiate_version()
        .await
        .expect("a version");
    host(&docker).await;
    life(&docker).await;
    runs(&docker).await;
    images(&docker).await;
    others(&docker).await;
    if arguments[2] == "all" {
        open(&docker).await;
    }
}
