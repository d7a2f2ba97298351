//! The transcoder as a program: MediaConvert's interface on a port of this machine.

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
    thread::available_parallelism,
    time::Duration,
};

use clap::Parser;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use transcoder::{Config, Events, Pace, loopback::Token, serve, work::Limits};

/// Serves MediaConvert's interface on 127.0.0.1, and carries out jobs with ffmpeg
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The port to listen on; a free one when 0
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The folder for jobs, templates, presets, queues and work files
    #[arg(long, default_value = "transcoder-state")]
    state: PathBuf,
    /// Where S3 and EventBridge answer, as an emulator does; AWS itself when left out
    #[arg(long)]
    endpoint_url: Option<String>,
    /// Send no events
    #[arg(long)]
    no_events: bool,
    /// The folder below which file:// addresses may be read and written; none may, when left out
    #[arg(long)]
    files: Option<PathBuf>,
    /// What every address begins with, so that other users of this machine do not find it; a random one when left out
    #[arg(env = "TRANSCODER_TOKEN", hide_env_values = true, long)]
    token: Option<Token>,
    /// The region in ARNs and events
    #[arg(long, env = "AWS_REGION", default_value = "us-east-1")]
    region: String,
    /// The account in ARNs and events
    #[arg(long, default_value = "000000000000")]
    account: String,
    /// How many jobs run at once
    #[arg(long, default_value_t = NonZeroUsize::MIN)]
    jobs: NonZeroUsize,
    /// How long a job may take, in minutes
    #[arg(long, default_value_t = 240)]
    minutes: u64,
    /// How large the work files of a job may become, in GiB
    #[arg(long, default_value_t = 50)]
    gibibytes: u64,
}

impl Arguments {
    fn config(self, token: Token) -> Config {
        Config {
            token: Some(token),
            state: self.state,
            region: self.region,
            account: self.account,
            credentials: None,
            files: self.files,
            s3_endpoint: self.endpoint_url.clone(),
            events: if self.no_events { Events::Nobody } else { Events::Bus { endpoint: self.endpoint_url } },
            concurrency: self.jobs.get(),
            limits: Limits {
                duration: Duration::from_secs(self.minutes.saturating_mul(60)),
                scratch: self.gibibytes.saturating_mul(1 << 30),
                threads: available_parallelism().map_or(1, NonZeroUsize::get),
            },
            pace: Pace::LOCAL,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("transcoder: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until Ctrl-C or SIGTERM; the address is the one line on standard output.
async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port))).await?;
    let token = arguments.token.clone().map_or_else(Token::random, Ok)?;
    println!("http://{}/{token}", listener.local_addr()?);
    let shutdown = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stop.cancel();
    });
    Ok(serve(listener, arguments.config(token), shutdown).await?)
}
