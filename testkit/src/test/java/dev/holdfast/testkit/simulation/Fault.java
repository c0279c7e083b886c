// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

/** What may go wrong in a run. Each seed switches some of them on: few at once beat all weakly. */
enum Fault {
  /** Some messages take far longer than others, and so overtake each other. */
  DELAY,
  /** Messages between nodes, and to and from agreement, get lost. */
  DROP,
  /** Messages between nodes, and batches to agreement, arrive twice, the second time late. */
  DUPLICATE,
  /** A node is cut off from agreement. */
  ISOLATED_NODE,
  /** Two nodes do not reach each other. */
  CUT_PEERS,
  /** A client and a node do not reach each other: the connection stalls. */
  CUT_CLIENT,
  /** Connections break, so that clients move. */
  BROKEN_CONNECTION,
  /** There is no leader for a while. */
  ELECTION,
  /** A node applies what is agreed late. */
  APPLY_LAG,
  /** What a node has applied reaches its listeners late. */
  WATCH_LAG,
  /** Watches lose what is waiting, and say so. */
  RESYNC,
  /** Nodes differ in whom they take for healthy, and so in whom they take for home. */
  HOMES_DISAGREE,
  /** A node is stopped, and goes on. */
  NODE_PAUSE,
  /** A client is stopped, and goes on. */
  CLIENT_PAUSE,
  /** A node is killed, and starts again with what is on its disk. */
  NODE_RESTART,
  /** A client is killed. */
  CLIENT_DEATH,
  /** Monotonic clocks run up to 2 % fast or slow. */
  CLOCK_RATE,
  /** Wall clocks jump; nothing here may notice. */
  WALL_JUMP,
  /** A step of a node's thread is a while after the step before it. */
  SLOW_THREADS,
  /** So many wait for one lock that its entry does not hold them (R20). */
  CROWD
}
