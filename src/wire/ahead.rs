//! Reading ahead. Messages lie all over the capture, and most of the time of a first look at them goes into waiting for memory: reads
//! that need nothing of each other are waited for together.

use std::hint::black_box;

/// How many items are read ahead of the one that is worked on.
const AHEAD: usize = 64;

/// What the processor fetches at a time, on all machines of interest.
const LINE_BYTES: usize = 64;

/// Works on `items` in order, after [`touch`] has had the bytes of the next ones fetched.
pub fn read_ahead<T>(mut items: impl Iterator<Item = T>, touch: impl Fn(&T), mut work: impl FnMut(T)) {
    let mut ahead = Vec::with_capacity(AHEAD);
    loop {
        ahead.extend(items.by_ref().take(AHEAD).inspect(|item| touch(item)));
        if ahead.is_empty() {
            return;
        }
        ahead.drain(..).for_each(&mut work);
    }
}

/// Reads a byte of each line of memory that holds `bytes`, the first one apart where more follow.
pub fn touch(bytes: &[u8]) {
    bytes.chunks(LINE_BYTES).for_each(|line| _ = black_box(line.last().copied()));
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn all_items_are_worked_on_in_order_and_touched_before() {
        let seen = RefCell::new((0, 0));
        let touch = |item: &usize| seen.borrow_mut().0 = *item + 1;
        let work = |item: usize| {
            let (touched, worked) = *seen.borrow();
            assert_eq!(worked, item);
            assert!(item < touched && touched <= item + AHEAD);
            seen.borrow_mut().1 += 1;
        };
        read_ahead(0..3 * AHEAD + 1, touch, work);
        assert_eq!(*seen.borrow(), (3 * AHEAD + 1, 3 * AHEAD + 1));
    }
}
