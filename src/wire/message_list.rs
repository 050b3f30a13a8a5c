//! The list of all messages, in order. A list of a million messages is large: the blocks in which the readers made it are kept as
//! they are, and only an order over them is made.

use std::ops::Index;

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use super::message::{Message, MessageId};
use crate::capture::Time;

/// Messages in a block. A power of two: a place in the list is split into block and index by shifting.
const BLOCK_MESSAGES: usize = 1 << 12;

/// One direction of a connection: the flow, and whether its client sends.
pub type Stream = (u32, bool);

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

/// Messages ordered by time, frame, and place in the frame; those of one stream in its order.
#[derive(Default)]
pub struct MessageList {
    blocks: Vec<Vec<Message>>,
    /// Where the messages stand in the blocks, in order.
    order: Vec<u32>,
}

impl MessageList {
    /// Puts the messages of all readers in order; those at the same place stay in the order of `parts`. `shuffled` are the
    /// streams whose messages were captured in another order than that of the stream, in which they stand in `parts`.
    pub fn new(parts: impl IntoIterator<Item = Blocks>, shuffled: &HashSet<Stream>) -> MessageList {
        let blocks: Vec<Vec<Message>> = parts.into_iter().flat_map(|part| part.0).collect();
        let place = |number, index| (number * BLOCK_MESSAGES + index) as u32;
        let places_in = |(number, block): (usize, &Vec<Message>)| {
            let key = |(index, message): (usize, &Message)| {
                (message.time, message.frame, message.frame_offset, place(number, index))
            };
            block.iter().enumerate().map(key).collect::<Vec<_>>()
        };
        let mut places: Vec<_> = blocks.par_iter().enumerate().flat_map_iter(places_in).collect();
        places.par_sort_unstable();
        let mut list = MessageList { blocks, order: places.into_iter().map(|(.., place)| place).collect() };
        list.restore(shuffled);
        list
    }

    /// Lets the messages of each of these streams share out the places that they have in the order: they were sent in the
    /// order of the stream.
    fn restore(&mut self, shuffled: &HashSet<Stream>) {
        if shuffled.is_empty() {
            return;
        }
        let mut streams: HashMap<Stream, Vec<usize>> = HashMap::new();
        for (index, message) in self.iter().enumerate() {
            let stream = (message.flow, message.from_client);
            if shuffled.contains(&stream) {
                streams.entry(stream).or_default().push(index);
            }
        }
        for indices in streams.into_values() {
            let mut places: Vec<u32> = indices.iter().map(|&index| self.order[index]).collect();
            places.sort_unstable();
            for (index, place) in indices.into_iter().zip(places) {
                self.order[index] = place;
            }
        }
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

    /// The last message that had come at `time`.
    pub fn last_until(&self, time: Time) -> Option<MessageId> {
        let next = self.order.partition_point(|&place| self.at(place).time <= time);
        next.checked_sub(1).map(|last| MessageId(last as u32))
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
