//! SQLite's writer: one thread owns the writing connection. It takes what is queued, runs each closure in its own
//! savepoint inside one `BEGIN IMMEDIATE`, commits once and answers after the commit, so that writers who wait
//! together share one fsync.

use std::{
    ops::ControlFlow,
    sync::{Arc, mpsc},
};

use diesel::{Connection, connection::SimpleConnection};
use tokio::sync::oneshot;

use super::connection::{self, Db, Manager};
use crate::error::Error;

/// The most closures one commit carries.
const BATCH: usize = 64;
/// The most closures that may wait; more are told `busy` at once.
const QUEUE: usize = 1024;

trait Job: Send {
    /// Runs inside the open transaction, keeps the outcome, and gives back a failure that is the database's own.
    fn run(&mut self, conn: &mut Db) -> Option<Error>;
    /// Sends the outcome, or why the commit failed.
    fn answer(self: Box<Self>, commit: Result<(), Error>);
}

struct Task<T, F> {
    work: F,
    outcome: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

impl<T: Send, F: FnMut(&mut Db) -> Result<T, Error> + Send> Job for Task<T, F> {
    fn run(&mut self, conn: &mut Db) -> Option<Error> {
        let work = &mut self.work;
        // The first failure is the cause; that the savepoint could not be rolled back afterwards is its consequence.
        let mut cause = None;
        let outcome = conn.transaction(|conn| {
            connection::guarded(conn, work).inspect_err(|error| cause = Some(error.clone()))
        });
        self.outcome = Some(outcome.map_err(|error| cause.unwrap_or(error)));
        self.outcome.as_ref()?.as_ref().err().filter(|error| error.status() >= 500).cloned()
    }

    fn answer(self: Box<Self>, commit: Result<(), Error>) {
        let outcome = self.outcome.unwrap_or_else(|| Err(Error::busy()));
        // A closure's own refusal is told as it is, whatever became of the others.
        let outcome = if outcome.is_err() { outcome } else { commit.and(outcome) };
        // Nobody listens any more when the client has gone: the effect stands all the same.
        let _ = self.reply.send(outcome);
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
    pub fn start(manager: Manager) -> Result<Self, Error> {
        let mut conn = manager.writing()?;
        let (orders, inbox) = mpsc::sync_channel::<Order>(QUEUE);
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                while let Ok(order) = inbox.recv() {
                    if serve(&mut conn, order, &inbox).is_break() {
                        // What the connection thinks of its transaction is no longer true: take a new one. Until
                        // there is one, every order that follows fails on the old one and comes here again.
                        match manager.writing() {
                            Ok(fresh) => conn = fresh,
                            Err(error) => tracing::error!(%error, "no new writing connection"),
                        }
                    }
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

/// Serves one batch. `Break` says that the connection cannot be used any more.
fn serve(conn: &mut Db, first: Order, inbox: &mpsc::Receiver<Order>) -> ControlFlow<()> {
    let mut batch = match first {
        Order::Alone(work) => {
            work(conn);
            return ControlFlow::Continue(());
        }
        Order::Write(job) => vec![job],
    };
    let mut alone = None;
    if let Err(error) = connection::begin_writing(conn) {
        answer_all(batch, &Err(error));
        return ControlFlow::Break(());
    }
    let mut done = 0;
    while let Some(job) = batch.get_mut(done) {
        if let Some(failure) = job.run(conn) {
            // On a full disk SQLite rolls the whole transaction back by itself: then nothing of this batch stands,
            // and whatever came next would be written outside any transaction.
            if transaction_is_gone(conn) {
                answer_all(batch, &Err(failure));
                return ControlFlow::Break(());
            }
        }
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
    let usable = if committed.is_ok() {
        ControlFlow::Continue(())
    } else {
        // A commit that failed leaves the transaction open; a new connection leaves it behind.
        let _ = connection::roll_back(conn);
        ControlFlow::Break(())
    };
    answer_all(batch, &committed);
    if let Some(work) = alone {
        work(conn);
    }
    usable
}

/// `BEGIN` is refused inside a transaction, so it succeeds exactly where SQLite has given the transaction up.
fn transaction_is_gone(conn: &mut Db) -> bool {
    match conn {
        Db::Sqlite(inner) => inner.batch_execute("BEGIN").is_ok(),
        Db::Postgres(_) => false,
    }
}

fn answer_all(batch: Vec<Box<dyn Job>>, committed: &Result<(), Error>) {
    for job in batch {
        job.answer(committed.clone());
    }
}
