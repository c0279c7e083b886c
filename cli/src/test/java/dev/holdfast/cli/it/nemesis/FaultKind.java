// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What can go wrong. {@link Faults} does it. */
enum FaultKind {
  /** SIGKILL; started again when the fault is over. */
  KILL,
  /** SIGSTOP, then SIGCONT. */
  PAUSE,
  /** Cut off from the other nodes, not from clients. */
  ISOLATE,
  /** Cut off from the other nodes and from clients. */
  ISLAND,
  /** The link between two nodes is cut: each still sees a majority, but another one. */
  BRIDGE,
  /** What the others send does not arrive; what it sends does. */
  DEAF,
  /** Nobody can open a connection to it; those that are open go on. */
  NO_CONNECT,
  /** {@link #ISOLATE}, on and off several times a second. */
  FLAP,
  /** Three of ten packets to it are lost. */
  LOSS,
  /** Each fsync takes a third of a second longer. */
  SLOW_DISK,
  /** Not a byte left on its disk. */
  FULL_DISK,
  /** Every link works in one direction only: each hears one of the others, and none answers. */
  RING;

  /** Names separated by commas. */
  static List<FaultKind> list(String names) {
    return Arrays.stream(names.split(",", -1))
        .map(name -> valueOf(name.strip().replace('-', '_').toUpperCase(Locale.ROOT)))
        .toList();
  }
}
