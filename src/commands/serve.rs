//! `yichuang serve`

use std::sync::Arc;

use crate::{app::Application, config::Settings, error::Error, kernel::time::Clock, people};

/// Serves until it is told to stop (SIGTERM or Ctrl-C).
pub fn serve(settings: Settings, clock: Arc<dyn Clock>) -> Result<(), Error> {
    let now = clock.now();
    let application = Application::build(settings, clock)?;
    if let Some(token) = people::first_setup_token(application.database(), now)? {
        announce_setup(&token);
    }
    tracing::info!(address = %application.address(), "listening");
    run_until_stopped(application)
}

/// Tells, once, how the first administrators are made. It goes to the terminal and to no log, which others may read.
pub fn announce_setup(token: &str) {
    println!(
        "首次启用：请用此令牌创建管理员 · first start: make the administrators with this token (POST /api/v1/setup)\n{token}"
    );
}

/// Runs a built application on a runtime of its own until it is told to stop.
pub fn run_until_stopped(application: Application) -> Result<(), Error> {
    actix_web::rt::System::new()
        .block_on(async move {
            let handle = application.handle();
            actix_web::rt::spawn(async move {
                stop_signal().await;
                tracing::info!("stopping: requests in flight are finished");
                handle.stop(true).await;
            });
            application.serve().await
        })
        .map_err(Error::internal)
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupted.await;
        }
    }
}
