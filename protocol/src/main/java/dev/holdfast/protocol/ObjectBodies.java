// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Bodies and header names of {@code /v1/objects}. */
public final class ObjectBodies {
  /** Prefix of a metadata header; what follows is the name, in lower case. */
  public static final String META_HEADER_PREFIX = "Holdfast-Meta-";

  /** Request header {@code LOCK;TOKEN}: refuse the change when the lock has moved on. */
  public static final String FENCE_HEADER = "Holdfast-Fence";

  /** Answer header: SHA-256 of the whole object, in hex. */
  public static final String SHA256_HEADER = "Holdfast-Sha256";

  /** Answer header: {@code confirmed} or {@code provisional}. */
  public static final String STATE_HEADER = "Holdfast-State";

  /**
   * Answer header: {@code linearizable}, or {@code local} for what the nodes in reach of a node
   * know that is cut off from the majority.
   */
  public static final String CONSISTENCY_HEADER = "Holdfast-Consistency";

  /** Request header of a write: the versions that it follows, by their ids, with commas between. */
  public static final String PARENTS_HEADER = "Holdfast-Parents";

  /** State of a version that the cluster has agreed on. */
  public static final String CONFIRMED = "confirmed";

  /** State of a version that at least one node keeps, and that is not agreed on. */
  public static final String PROVISIONAL = "provisional";

  /** Consistency of an answer by a node that is cut off from the majority. */
  public static final String LOCAL = "local";

  private ObjectBodies() {}

  /**
   * @param wanted copies by the placement policy
   * @param written copies fsynced when the answer was sent
   */
  public record Copies(int wanted, int written) {}

  /**
   * Answer of {@code PUT} and {@code DELETE /v1/objects/{key}}.
   *
   * @param version id of the new version, also the ETag
   * @param state {@code confirmed} or {@code provisional}
   * @param size in bytes
   * @param sha256 of the content, in hex
   * @param deleted true when the version is a tombstone
   * @param durability what was reached: {@code local}, {@code majority} or {@code all} copies
   * @param conflict true when the version does not come after the confirmed head: somebody has to
   *     merge them
   */
  public record Put(
      String key,
      String version,
      List<String> parents,
      String state,
      long size,
      String sha256,
      boolean deleted,
      Copies copies,
      String durability,
      boolean conflict) {
    public Put {
      parents = List.copyOf(parents);
    }

    /** Whether the cluster has not agreed on the version, or had not when it was answered. */
    @JsonIgnore
    public boolean isProvisional() {
      return state.equals(PROVISIONAL);
    }
  }

  /**
   * One object of a list.
   *
   * @param modified wall-clock time of the writer in ISO 8601, for display only
   * @param state {@code provisional} while nothing of the key is confirmed, else absent
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Info(
      String key,
      String version,
      long size,
      @Nullable String sha256,
      @Nullable String contentType,
      @Nullable String modified,
      @Nullable Map<String, String> metadata,
      @Nullable String state) {}

  /**
   * {@code GET /v1/objects?prefix=}.
   *
   * @param objects in the order of their keys' UTF-8 bytes
   * @param prefixes what the delimiter has folded
   * @param next the {@code after} of the next page, absent on the last one
   * @param complete false when a node could not be asked
   * @param unreachable the nodes that could not be asked
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Page(
      List<Info> objects,
      List<String> prefixes,
      @Nullable String next,
      boolean complete,
      List<String> unreachable) {
    public Page {
      objects = List.copyOf(objects);
      prefixes = copyOf(prefixes);
      unreachable = copyOf(unreachable);
    }
  }

  /**
   * One version of a key.
   *
   * @param state {@code confirmed}, {@code provisional}, or {@code removed}: it was confirmed, and
   *     retention deleted its bytes
   * @param deleted true for a tombstone
   * @param author address of the writer
   * @param modified wall-clock time of the writer in ISO 8601, for display only
   */
  public record Version(
      String version,
      List<String> parents,
      String state,
      boolean deleted,
      long size,
      String sha256,
      String author,
      String modified) {
    public Version {
      parents = List.copyOf(parents);
    }
  }

  /**
   * {@code GET /v1/objects/{key}?versions}.
   *
   * @param confirmed the head that the cluster agreed on; null while there is none
   * @param heads versions without a successor; several when there is a conflict
   * @param holders the nodes that keep, or will keep, a copy of the head; the best first
   * @param versions each before its parents
   * @param complete false when a holder could not be asked
   * @param unreachable the holders that could not be asked
   */
  public record Versions(
      String key,
      @Nullable String confirmed,
      List<String> heads,
      List<String> holders,
      List<Version> versions,
      boolean complete,
      List<String> unreachable) {
    public Versions {
      heads = copyOf(heads);
      holders = List.copyOf(holders);
      versions = List.copyOf(versions);
      unreachable = copyOf(unreachable);
    }

    /** Whether somebody has to merge its heads. */
    @JsonIgnore
    public boolean isInConflict() {
      return heads.size() > 1;
    }
  }

  /**
   * A key whose heads do not come after each other.
   *
   * @param confirmed the head that the cluster agreed on; null while there is none
   * @param branches the other heads, all provisional
   */
  public record Conflict(String key, @Nullable String confirmed, List<Version> branches) {
    public Conflict {
      branches = List.copyOf(branches);
    }
  }

  /**
   * {@code GET /v1/conflicts}, in no order that means something.
   *
   * @param next the {@code after} of the next page, absent on the last one
   * @param complete false when a node could not be asked
   * @param unreachable the nodes that could not be asked
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Conflicts(
      List<Conflict> conflicts, @Nullable String next, boolean complete, List<String> unreachable) {
    public Conflicts {
      conflicts = List.copyOf(conflicts);
      unreachable = copyOf(unreachable);
    }
  }

  /**
   * A version that a node keeps and does not show: the cluster does not know it, and may have
   * forgotten a deletion that it was part of.
   */
  public record SetAside(String node, String key, Version version) {}

  /**
   * {@code GET /v1/quarantine}.
   *
   * @param complete false when a node could not be asked
   * @param unreachable the nodes that could not be asked
   */
  public record Quarantine(List<SetAside> versions, boolean complete, List<String> unreachable) {
    public Quarantine {
      versions = List.copyOf(versions);
      unreachable = copyOf(unreachable);
    }
  }

  /**
   * Answer of {@code POST} and {@code DELETE /v1/quarantine}.
   *
   * @param version the one that was deleted, or under which the released one goes on
   */
  public record Settled(String key, String version) {}

  /** Another release may leave a list away that has nothing in it. */
  private static List<String> copyOf(@Nullable List<String> list) {
    return list == null ? List.of() : List.copyOf(list);
  }
}
