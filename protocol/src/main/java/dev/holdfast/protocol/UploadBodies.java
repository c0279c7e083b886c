// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bodies of {@code /v1/uploads} and {@code /v1/chunks}. Hashes are in lower-case hex. */
public final class UploadBodies {
  /** The length of every chunk of an object but the last, in bytes. */
  public static final int CHUNK_BYTES = 1 << 20;

  /** At most so many names in one {@link Ask}. */
  public static final int NAMES_MAX = 128;

  /** An object has at most so many chunks. */
  public static final int CHUNKS_MAX = 1 << 15;

  private UploadBodies() {}

  /**
   * {@code POST /v1/uploads}.
   *
   * @param size of the whole object in bytes; null when it is not known yet
   * @param sha256 of the whole object; null when it is not known yet
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Create(String key, @Nullable Long size, @Nullable String sha256) {}

  /**
   * An upload that is not finished.
   *
   * @param id names it; only who created it can use it
   * @param chunkBytes the length of every chunk but the last
   * @param salt in hex, for {@link ChunkProof}
   * @param created wall-clock time in ISO 8601
   * @param expires when it ends, unless it is used before; the same
   * @param ageSeconds since it was created, by the clock of the node that answers
   * @param received bytes of the chunks that are kept for it
   * @param appended bytes that were appended: where the next append begins
   * @param nodes that keep its chunks
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Info(
      String id,
      String key,
      @Nullable Long size,
      @Nullable String sha256,
      int chunkBytes,
      String salt,
      String created,
      String expires,
      long ageSeconds,
      long received,
      long appended,
      List<String> nodes) {
    public Info {
      nodes = List.copyOf(nodes);
    }
  }

  /**
   * {@code GET /v1/uploads}.
   *
   * @param next the {@code after} of the next page, absent on the last one
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Page(List<Info> uploads, @Nullable String next) {
    public Page {
      uploads = List.copyOf(uploads);
    }
  }

  /**
   * A chunk that a client has.
   *
   * @param length in bytes
   * @param proof {@link ChunkProof} in hex; without it a chunk counts as missing unless this upload
   *     has it
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Name(String sha256, int length, @Nullable String proof) {}

  /** {@code POST /v1/chunks/missing}. */
  public record Ask(String upload, List<Name> chunks) {
    public Ask {
      chunks = List.copyOf(chunks);
    }
  }

  /**
   * Answer of {@code POST /v1/chunks/missing}.
   *
   * @param missing hashes of the chunks to send; the others are kept for the upload
   */
  public record Missing(List<String> missing) {
    public Missing {
      missing = List.copyOf(missing);
    }
  }

  /**
   * Answer of {@code PUT /v1/chunks/{sha256}}.
   *
   * @param copies fsynced when the answer was sent
   */
  public record Stored(String sha256, int length, ObjectBodies.Copies copies) {}
}
