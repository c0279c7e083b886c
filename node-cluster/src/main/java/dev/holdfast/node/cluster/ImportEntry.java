// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Observation;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The value of the entry {@code cluster/import}: how far the state of another cluster has come
 * here. {@code AWAITED → BEGUN → DONE}; a cluster that is not founded anew begins at {@code BEGUN},
 * and one that shall begin without a state goes from {@code AWAITED} to {@code DONE}.
 *
 * @param format 1
 * @param from the cluster whose state is awaited; null when none is
 * @param sha256 of the file that is imported, or was; empty when there is none
 */
record ImportEntry(int format, State state, @Nullable String from, String sha256) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  enum State {
    AWAITED,
    BEGUN,
    DONE
  }

  /** The file may lack any of them, whatever the types say. */
  ImportEntry {
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(sha256, "sha256");
  }

  static ImportEntry awaited(String from) {
    return new ImportEntry(1, State.AWAITED, from, "");
  }

  static ImportEntry begun(String sha256) {
    return new ImportEntry(1, State.BEGUN, null, sha256);
  }

  static ImportEntry done(String sha256) {
    return new ImportEntry(1, State.DONE, null, sha256);
  }

  boolean is(State wanted, String file) {
    return state == wanted && sha256.equals(file);
  }

  static Optional<ImportEntry> decode(Observation seen) {
    return seen.entry() == null ? Optional.empty() : Optional.of(decode(seen.entry().value()));
  }

  private static ImportEntry decode(Bytes value) {
    try {
      ImportEntry entry = JSON.readValue(value.toArray(), ImportEntry.class);
      if (entry.format() != 1) {
        throw new IllegalStateException(
            "cluster/import has format " + entry.format() + ", this version reads format 1");
      }
      return entry;
    } catch (JacksonException e) {
      throw new IllegalStateException("cluster/import is not readable: " + value, e);
    }
  }

  Bytes encode() {
    return Bytes.wrap(JSON.writeValueAsBytes(this));
  }
}
