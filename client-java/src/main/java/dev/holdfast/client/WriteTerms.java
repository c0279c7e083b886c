// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.protocol.ObjectBodies;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a write shall have reached before it is answered, and what it follows. Immutable: each
 * method gives changed terms. The answer says what was reached: its state and its copies.
 *
 * @param durability null for what the node has, {@link Durability#MAJORITY}
 * @param consistency null for what the node has, {@link Consistency#AUTO}
 * @param parents ids of the versions that the new one follows; empty for the head that the node
 *     sees
 */
public record WriteTerms(
    @Nullable Durability durability, @Nullable Consistency consistency, List<String> parents) {
  /** Confirmed where a majority can be reached, else provisional. */
  public static final WriteTerms DEFAULT = new WriteTerms(null, null, List.of());

  /** How many copies are fsynced before the answer. */
  public enum Durability {
    /** One, so that the version is provisional at first. */
    LOCAL,
    MAJORITY,
    ALL;

    /** Its name in requests and answers. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether the cluster agrees on the version before the answer. */
  public enum Consistency {
    /** Where a majority can be reached; elsewhere the version is provisional. */
    AUTO,
    /** Always: else {@link UnavailableException}, or {@code NOT_ON_HEAD} for other parents. */
    CONFIRMED,
    /** Not before the answer. */
    PROVISIONAL;

    /** Its name in requests. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public WriteTerms {
    parents = List.copyOf(parents);
    if (consistency == Consistency.CONFIRMED && durability == Durability.LOCAL) {
      throw new IllegalArgumentException("what is confirmed is durable on a majority");
    }
  }

  public WriteTerms durability(Durability copies) {
    return new WriteTerms(copies, consistency, parents);
  }

  public WriteTerms consistency(Consistency agreement) {
    return new WriteTerms(durability, agreement, parents);
  }

  public WriteTerms parents(Collection<String> versions) {
    return new WriteTerms(durability, consistency, List.copyOf(versions));
  }

  /** What the query says, with {@code &} between; empty when it says nothing. */
  String query() {
    List<String> said = new ArrayList<>();
    if (durability != null) {
      said.add("durability=" + durability.label());
    }
    if (consistency != null) {
      said.add("consistency=" + consistency.label());
    }
    return String.join("&", said);
  }

  RestRequest addParents(RestRequest request) {
    return parents.isEmpty()
        ? request
        : request.header(ObjectBodies.PARENTS_HEADER, String.join(", ", parents));
  }
}
