// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Content;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.protocol.UploadBodies;
import dev.holdfast.spi.Bytes;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a client may say about uploads: reads the bodies, the paths and the queries. */
final class UploadInput {
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  private UploadInput() {}

  /** See {@link UploadBodies.Create}. */
  record New(ObjectKey key, OptionalLong sizeBytes, Optional<Bytes> sha256) {}

  static New create(Exchange exchange) {
    UploadBodies.Create asked = exchange.json(UploadBodies.Create.class);
    Long size = asked.size();
    if (size != null && size > Content.SIZE_BYTES_MAX) {
      throw new ObjectException.BodyTooLarge(Content.SIZE_BYTES_MAX);
    }
    if (size != null && size < 1) {
      throw UploadProblems.invalid("size", "is " + size + ", and an upload has a byte at least");
    }
    return new New(
        ObjectInput.key(required("key", asked.key())),
        size == null ? OptionalLong.empty() : OptionalLong.of(size),
        Optional.ofNullable(asked.sha256()).map(text -> hash("sha256", text)));
  }

  static List<UploadChunks.Claim> claims(UploadBodies.Ask ask) {
    required("upload", ask.upload());
    if (ask.chunks().size() > UploadBodies.NAMES_MAX) {
      throw UploadProblems.invalid(
          "chunks",
          "has %d names, of at most %d".formatted(ask.chunks().size(), UploadBodies.NAMES_MAX));
    }
    return ask.chunks().stream().map(UploadInput::claim).toList();
  }

  private static UploadChunks.Claim claim(UploadBodies.Name name) {
    Bytes hash = hash("sha256", required("sha256", name.sha256()));
    if (name.length() < 1 || name.length() > Content.FIXED_CHUNK_BYTES) {
      throw UploadProblems.invalid(
          "length", "is %d, of 1 to %d".formatted(name.length(), Content.FIXED_CHUNK_BYTES));
    }
    return new UploadChunks.Claim(
        new ChunkRef(ChunkRef.SHA_256, hash, name.length()),
        Optional.ofNullable(name.proof()).map(text -> hash("proof", text)));
  }

  /**
   * @param what begins the sentence
   */
  static Bytes hash(String what, String text) {
    if (!SHA_256.matcher(text).matches()) {
      throw UploadProblems.invalid(
          what, "takes 64 digits of lower-case hex, not '" + shortened(text) + "'");
    }
    return Bytes.wrap(HexFormat.of().parseHex(text));
  }

  private static String shortened(String text) {
    return text.length() > 80 ? text.substring(0, 80) + "…" : text;
  }

  private static String required(String field, @Nullable String text) {
    if (text == null) {
      throw UploadProblems.invalid(field, "is missing");
    }
    return text;
  }

  static String upload(Exchange exchange) {
    return exchange
        .query("upload")
        .orElseThrow(() -> ObjectProblems.badQuery("upload is missing: it names the upload."));
  }

  static String after(Exchange exchange) {
    String after = exchange.query("after").orElse("");
    if (!after.matches("[0-9a-f]{0,64}")) {
      throw ObjectProblems.badQuery(
          "after is '" + after + "': it takes what a page names as next.");
    }
    return after;
  }

  static long offset(Exchange exchange) {
    String text = exchange.query("offset").orElse("");
    if (!text.matches("[0-9]{1,18}")) {
      throw ObjectProblems.badQuery("offset is '" + text + "': it takes a number of bytes.");
    }
    return Long.parseLong(text);
  }
}
