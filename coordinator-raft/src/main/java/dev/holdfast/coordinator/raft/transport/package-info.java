/**
 * How Raft servers talk to each other: frames over plain TCP, a call or an answer each, without a
 * framework in between. {@link dev.holdfast.coordinator.raft.transport.Entrance} lets in only those
 * that know the cluster secret. A message is written by the thread that has it and handled by the
 * thread that reads it, since what a commit costs is mostly the waking of threads. Ratis finds all
 * of it by {@link dev.holdfast.coordinator.raft.transport.SocketRpcType}.
 */
@NullMarked
package dev.holdfast.coordinator.raft.transport;

import org.jspecify.annotations.NullMarked;
