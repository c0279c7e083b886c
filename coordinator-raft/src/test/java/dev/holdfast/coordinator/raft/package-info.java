/** Tests of the Raft coordinator on real sockets and disks. */
@NullMarked
package dev.holdfast.coordinator.raft;

import org.jspecify.annotations.NullMarked;
