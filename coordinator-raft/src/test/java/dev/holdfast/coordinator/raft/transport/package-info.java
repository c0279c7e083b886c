@NullMarked
package dev.holdfast.coordinator.raft.transport;

import org.jspecify.annotations.NullMarked;
