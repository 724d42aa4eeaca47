#![expect(clippy::indexing_slicing, reason = "a numeric kernel over positions it has made itself")]
//! How many reviews can be given at all: a maximum flow, one review at a time along a shortest chain.

/// Who may review what.
pub(super) struct Cover<'n> {
    /// The reviewers of application `i` are `to[starts[i] .. starts[i + 1]]`.
    starts: &'n [usize],
    to: &'n [usize],
    free: &'n [usize],
    taken: Vec<bool>,
    /// Application and arc of every review a reviewer gives.
    held: Vec<Vec<(usize, usize)>>,
    /// The search in which a reviewer was met last, and by which arc of which application.
    met: Vec<usize>,
    from: Vec<(usize, usize)>,
    /// The arc an application would give up to be reached.
    given_up: Vec<usize>,
    searches: usize,
}

impl<'n> Cover<'n> {
    /// The largest number of reviews, at most `open` of an application and `free` of a reviewer.
    pub(super) fn most(starts: &'n [usize], to: &'n [usize], open: &[usize], free: &'n [usize]) -> usize {
        let mut cover = Self {
            starts,
            to,
            free,
            taken: vec![false; to.len()],
            held: vec![Vec::new(); free.len()],
            met: vec![0; free.len()],
            from: vec![(0, 0); free.len()],
            given_up: vec![0; open.len()],
            searches: 1,
        };
        let mut pending = open.to_vec();
        for (i, pending) in pending.iter_mut().enumerate() {
            cover.take_free(i, pending);
        }
        let mut given = 0;
        for (i, open) in open.iter().enumerate() {
            while pending[i] > 0 && cover.search(i) {
                pending[i] -= 1;
            }
            given += open - pending[i];
        }
        given
    }

    /// Takes reviewers with a free place, starting elsewhere for every application.
    fn take_free(&mut self, i: usize, pending: &mut usize) {
        let (start, end) = (self.starts[i], self.starts[i + 1]);
        let length = end - start;
        for step in 0..length {
            if *pending == 0 {
                return;
            }
            let arc = start + (step + i * 7) % length;
            let j = self.to[arc];
            if self.held[j].len() < self.free[j] {
                self.taken[arc] = true;
                self.held[j].push((i, arc));
                *pending -= 1;
            }
        }
    }

    /// One review more for an application. Whoever is met in vain is of no help later either.
    fn search(&mut self, first: usize) -> bool {
        let mut queue = vec![first];
        let mut next = 0;
        let mut seen = vec![false; self.given_up.len()];
        seen[first] = true;
        while let Some(i) = queue.get(next).copied() {
            next += 1;
            for arc in self.starts[i]..self.starts[i + 1] {
                let j = self.to[arc];
                if self.taken[arc] || self.met[j] == self.searches {
                    continue;
                }
                self.met[j] = self.searches;
                self.from[j] = (i, arc);
                if self.held[j].len() < self.free[j] {
                    self.turn_round(j, first);
                    // What was met on the way may be met again.
                    self.searches += 1;
                    return true;
                }
                for (other, held) in &self.held[j] {
                    if !std::mem::replace(&mut seen[*other], true) {
                        self.given_up[*other] = *held;
                        queue.push(*other);
                    }
                }
            }
        }
        false
    }

    fn turn_round(&mut self, end: usize, first: usize) {
        let mut j = end;
        loop {
            let (i, arc) = self.from[j];
            self.taken[arc] = true;
            self.held[j].push((i, arc));
            if i == first {
                return;
            }
            let given_up = self.given_up[i];
            self.taken[given_up] = false;
            j = self.to[given_up];
            self.held[j].retain(|(_, held)| *held != given_up);
        }
    }
}
