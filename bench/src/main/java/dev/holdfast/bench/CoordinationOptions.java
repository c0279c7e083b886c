// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What {@code bench coordination} was asked for.
 *
 * @param only these peers and no others; else Holdfast and bare Ratis too
 * @param warmUp before each row
 * @param peerWarmUp before the first row of each peer
 * @param kills of the fail-over row
 * @param json on the standard output instead of the table
 * @param write into docs/benchmarks
 */
record CoordinationOptions(
    List<String> peers,
    boolean only,
    Set<RowName> rows,
    int rounds,
    Duration counted,
    Duration warmUp,
    Duration peerWarmUp,
    int kills,
    boolean json,
    boolean write) {
  static final String USAGE =
      """
      usage: holdfast bench coordination [--peers zookeeper,etcd,nats,curator] [--only] [--rows ROW,…]
               [--minutes N | --seconds N] [--rounds N] [--kills N] [--json] [--no-write]
        --peers     beside Holdfast and bare Ratis, which are always measured; with --only, nothing else.
                    There are: %s
        --rows      %s; all by default
        --minutes   about so long in all, 60 by default; or --seconds: counted in each row
        --rounds    3 by default
        --kills     of the leader in the row failover, 20 by default
        --json      the report on the standard output
        --no-write  leave docs/benchmarks as it is
      """
          .formatted(CoordinationBench.peers(), RowName.all());

  private static final Duration PEER_WARM_UP = Duration.ofSeconds(30);
  private static final int MINUTES = 60;

  /** Of a peer's rows, roughly: four kinds of load at four numbers of callers. */
  private static final int ROWS_OF_A_PEER = 12;

  private static final int OWN_PEERS = 3;

  static CoordinationOptions parse(List<String> arguments) {
    List<String> peers = List.of("zookeeper", "curator", "etcd", "nats");
    Set<RowName> rows = EnumSet.allOf(RowName.class);
    boolean only = false;
    boolean json = false;
    boolean write = true;
    int minutes = MINUTES;
    int seconds = 0;
    int rounds = 3;
    int kills = FailoverRow.KILLS;
    for (int i = 0; i < arguments.size(); i++) {
      String name = arguments.get(i);
      switch (name) {
        case "--peers" -> peers = peers(value(arguments, ++i));
        case "--rows" -> rows = rows(value(arguments, ++i));
        case "--minutes" -> minutes = number(name, value(arguments, ++i));
        case "--seconds" -> seconds = number(name, value(arguments, ++i));
        case "--rounds" -> rounds = number(name, value(arguments, ++i));
        case "--kills" -> kills = number(name, value(arguments, ++i));
        case "--only" -> only = true;
        case "--json" -> json = true;
        case "--no-write" -> write = false;
        default -> throw new IllegalArgumentException("Unknown: " + name);
      }
    }
    Duration counted =
        seconds > 0
            ? Duration.ofSeconds(seconds)
            : counted(Duration.ofMinutes(minutes), rounds, peers.size() + OWN_PEERS);
    Duration warmUp = CoordinationBench.warmUpOf(counted);
    return new CoordinationOptions(
        peers, only, rows, rounds, counted, warmUp, PEER_WARM_UP, kills, json, write);
  }

  /** What a row may count so that the whole takes about that long. */
  private static Duration counted(Duration all, int rounds, int peers) {
    double rowsSeconds = (double) all.toSeconds() / (rounds * peers) - PEER_WARM_UP.toSeconds();
    return Duration.ofSeconds(Math.max(2, (long) (rowsSeconds / ROWS_OF_A_PEER / 1.5)));
  }

  private static List<String> peers(String text) {
    List<String> peers = text.isEmpty() ? List.of() : List.of(text.split(","));
    for (String peer : peers) {
      if (!CoordinationBench.isPeer(peer)) {
        throw new IllegalArgumentException(
            "No peer " + peer + "; there are " + CoordinationBench.peers());
      }
    }
    return peers;
  }

  private static Set<RowName> rows(String text) {
    return EnumSet.copyOf(Arrays.stream(text.split(",")).map(RowName::of).toList());
  }

  private static String value(List<String> arguments, int index) {
    if (index >= arguments.size()) {
      throw new IllegalArgumentException(arguments.getLast() + " needs a value");
    }
    return arguments.get(index);
  }

  private static int number(String name, String text) {
    try {
      int number = Integer.parseInt(text);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException notOne) {
      // told below
    }
    throw new IllegalArgumentException(name + " needs a whole number above 0, not " + text);
  }
}
