// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The types that may cross the peer port, each under an id that it keeps for ever: nodes of two
 * releases agree on nothing else. Each feature has a range of its own, and appends to it, so that
 * no feature moves the ids of another.
 *
 * @param byId records, and enums that are parts of them
 */
public record PeerKinds(SortedMap<Integer, Class<?>> byId) {
  /** Below are Kryo's own ids of primitives and String, which are refused. */
  public static final int FIRST_ID = 16;

  public PeerKinds {
    byId = Collections.unmodifiableSortedMap(new TreeMap<>(byId));
    if (!byId.isEmpty() && byId.firstKey() < FIRST_ID) {
      throw new IllegalArgumentException(byId.firstKey() + " is one of Kryo's own ids");
    }
  }

  public static PeerKinds none() {
    return new PeerKinds(new TreeMap<>());
  }

  /** Those of the port itself. */
  public static PeerKinds ofThePort() {
    return none().feature(FIRST_ID, List.of(Ping.class, Pong.class));
  }

  /**
   * Both, e.g. those of all features.
   *
   * @throws IllegalArgumentException when they have an id or a type in common
   */
  public PeerKinds and(PeerKinds others) {
    PeerKinds all = this;
    for (Map.Entry<Integer, Class<?>> other : others.byId.entrySet()) {
      all = all.feature(other.getKey(), List.of(other.getValue()));
    }
    return all;
  }

  /**
   * @param first id of a feature's first type; the others follow in their order
   * @throws IllegalArgumentException when an id or a type is there already
   */
  public PeerKinds feature(int first, List<Class<?>> kinds) {
    SortedMap<Integer, Class<?>> more = new TreeMap<>(byId);
    for (int i = 0; i < kinds.size(); i++) {
      Class<?> kind = kinds.get(i);
      if (more.containsValue(kind) || more.putIfAbsent(first + i, kind) != null) {
        throw new IllegalArgumentException(kind + " or its id " + (first + i) + " is taken");
      }
    }
    return new PeerKinds(more);
  }
}
