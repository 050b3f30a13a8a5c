//! The list of all messages, in order. A list of a million messages is large: the blocks in which the readers made it are kept as
//! they are, and only an order over them is made.

use std::ops::Index;

use rayon::slice::ParallelSliceMut;

use super::message::Message;

/// Messages in a block. A power of two: a place in the list is split into block and index by shifting.
const BLOCK_MESSAGES: usize = 1 << 12;

/// A growing list, block by block, so that it is never copied.
#[derive(Default)]
pub struct Blocks(Vec<Vec<Message>>);

impl Blocks {
    pub fn push(&mut self, message: Message) {
        match self.0.last_mut() {
            Some(block) if block.len() < BLOCK_MESSAGES => block.push(message),
            // The first block of a reader may stay nearly empty: it grows as it must.
            last => {
                let capacity = if last.is_some() { BLOCK_MESSAGES } else { 0 };
                let mut block = Vec::with_capacity(capacity);
                block.push(message);
                self.0.push(block);
            }
        }
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Message> {
        self.0.iter_mut().flatten()
    }
}

/// Messages ordered by time, frame, and place in the frame.
#[derive(Default)]
pub struct MessageList {
    blocks: Vec<Vec<Message>>,
    /// Where the messages stand in the blocks, in order.
    order: Vec<u32>,
}

impl MessageList {
    /// Puts the messages of all readers in order; those at the same place stay in the order of `parts`.
    pub fn new(parts: impl IntoIterator<Item = Blocks>) -> MessageList {
        let blocks: Vec<Vec<Message>> = parts.into_iter().flat_map(|part| part.0).collect();
        let mut places: Vec<_> = Vec::with_capacity(blocks.iter().map(Vec::len).sum());
        for (number, block) in blocks.iter().enumerate() {
            for (index, message) in block.iter().enumerate() {
                places.push((
                    message.time,
                    message.frame,
                    message.frame_offset,
                    (number * BLOCK_MESSAGES + index) as u32,
                ));
            }
        }
        places.par_sort_unstable();
        MessageList { blocks, order: places.into_iter().map(|(.., place)| place).collect() }
    }

    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Message> {
        self.order.iter().map(|&place| self.at(place))
    }

    fn at(&self, place: u32) -> &Message {
        &self.blocks[place as usize / BLOCK_MESSAGES][place as usize % BLOCK_MESSAGES]
    }
}

impl Index<usize> for MessageList {
    type Output = Message;

    fn index(&self, index: usize) -> &Message {
        self.at(self.order[index])
    }
}
