//! SQLite's writer: one thread owns the writing connection. It takes what is queued, runs each closure in its own
//! savepoint inside one `BEGIN IMMEDIATE`, commits once and answers after the commit, so that writers who wait
//! together share one fsync.

use std::sync::{Arc, mpsc};

use diesel::Connection;
use tokio::sync::oneshot;

use super::connection::{self, Db};
use crate::error::Error;

/// The most closures one commit carries.
const BATCH: usize = 64;
/// The most closures that may wait; more are told `busy` at once.
const QUEUE: usize = 1024;

trait Job: Send {
    /// Runs inside the open transaction and keeps the outcome.
    fn run(&mut self, conn: &mut Db);
    /// Sends the outcome, or why the commit failed.
    fn answer(self: Box<Self>, commit: Result<(), Error>);
}

struct Task<T, F> {
    work: F,
    outcome: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

impl<T: Send, F: FnMut(&mut Db) -> Result<T, Error> + Send> Job for Task<T, F> {
    fn run(&mut self, conn: &mut Db) {
        let work = &mut self.work;
        self.outcome = Some(conn.transaction(|conn| connection::guarded(conn, work)));
    }

    fn answer(self: Box<Self>, commit: Result<(), Error>) {
        let outcome = self.outcome.unwrap_or_else(|| Err(Error::busy()));
        // Nobody listens any more when the client has gone: the effect stands all the same.
        let _ = self.reply.send(commit.and(outcome));
    }
}

enum Order {
    Write(Box<dyn Job>),
    Alone(Box<dyn FnOnce(&mut Db) + Send>),
}

/// The handle to the writing thread; the thread ends when the last handle is gone.
#[derive(Clone)]
pub struct Writer {
    orders: Arc<mpsc::SyncSender<Order>>,
}

impl Writer {
    pub fn start(mut conn: Db) -> Result<Self, Error> {
        let (orders, inbox) = mpsc::sync_channel::<Order>(QUEUE);
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                while let Ok(order) = inbox.recv() {
                    serve(&mut conn, order, &inbox);
                }
            })
            .map_err(Error::internal)?;
        Ok(Self { orders: Arc::new(orders) })
    }

    pub async fn run<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&mut Db) -> Result<T, Error> + Send + 'static,
    {
        self.enqueue(work)?.await.unwrap_or_else(|gone| Err(Error::internal(gone)))
    }

    pub fn run_now<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&mut Db) -> Result<T, Error> + Send + 'static,
    {
        self.enqueue(work)?.blocking_recv().unwrap_or_else(|gone| Err(Error::internal(gone)))
    }

    /// Runs `work` on the bare writing connection, outside any transaction of ours: migrations bring their own.
    pub fn run_alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, outcome) = oneshot::channel();
        let order = Order::Alone(Box::new(move |conn| {
            let _ = reply.send(work(conn));
        }));
        self.orders.send(order).map_err(|_| Error::internal("the writer has stopped"))?;
        outcome.blocking_recv().unwrap_or_else(|gone| Err(Error::internal(gone)))
    }

    fn enqueue<T, F>(&self, work: F) -> Result<oneshot::Receiver<Result<T, Error>>, Error>
    where
        T: Send + 'static,
        F: FnMut(&mut Db) -> Result<T, Error> + Send + 'static,
    {
        let (reply, outcome) = oneshot::channel();
        let task: Box<dyn Job> = Box::new(Task { work, outcome: None, reply });
        self.orders.try_send(Order::Write(task)).map_err(|_full_or_gone| Error::busy())?;
        Ok(outcome)
    }
}

fn serve(conn: &mut Db, first: Order, inbox: &mpsc::Receiver<Order>) {
    let mut batch = match first {
        Order::Alone(work) => return work(conn),
        Order::Write(job) => vec![job],
    };
    let mut alone = None;
    if let Err(error) = connection::begin_writing(conn) {
        return answer_all(batch, &Err(error));
    }
    let mut done = 0;
    while let Some(job) = batch.get_mut(done) {
        job.run(conn);
        done += 1;
        if batch.len() < BATCH {
            match inbox.try_recv() {
                Ok(Order::Write(job)) => batch.push(job),
                Ok(Order::Alone(work)) => {
                    alone = Some(work);
                    break;
                }
                Err(_empty) => {}
            }
        }
    }
    let committed = connection::commit(conn);
    if committed.is_err() {
        // A commit that failed (disk full) leaves the transaction open; if the roll-back fails too there is none.
        let _ = connection::roll_back(conn);
    }
    answer_all(batch, &committed);
    if let Some(work) = alone {
        work(conn);
    }
}

fn answer_all(batch: Vec<Box<dyn Job>>, committed: &Result<(), Error>) {
    for job in batch {
        job.answer(committed.clone());
    }
}
