// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.merge;

import dev.holdfast.plugins.merge.JsonTree.Digits;
import dev.holdfast.plugins.merge.JsonTree.Elements;
import dev.holdfast.plugins.merge.JsonTree.Members;
import dev.holdfast.plugins.merge.JsonTree.Text;
import dev.holdfast.plugins.merge.JsonTree.Word;
import dev.holdfast.spi.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/** Reads and writes JSON (RFC 8259), strictly: valid UTF-8, no member twice, nothing behind it. */
final class JsonText {
  /** Values within values: what reads deeper documents may run out of stack. */
  static final int DEPTH_MAX = 200;

  /** Without a table of names, which all documents would share: each is read as if it was alone. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
          .build();

  private JsonText() {}

  /** Empty when these bytes are no JSON, or deeper than {@link #DEPTH_MAX}. */
  static Optional<JsonTree> read(Bytes bytes) {
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), utf8(bytes.asBuffer()))) {
      JsonToken token = parser.nextToken();
      if (token == null) {
        return Optional.empty();
      }
      JsonTree tree = tree(parser, token);
      return parser.nextToken() == null ? Optional.of(tree) : Optional.empty();
    } catch (JacksonException | CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static String utf8(ByteBuffer bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
  }

  private static JsonTree tree(JsonParser parser, JsonToken token) {
    return switch (token) {
      case START_OBJECT -> members(parser);
      case START_ARRAY -> elements(parser);
      case VALUE_STRING -> new Text(parser.getString());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Digits(parser.getString());
      case VALUE_TRUE -> Word.TRUE;
      case VALUE_FALSE -> Word.FALSE;
      case VALUE_NULL -> Word.NULL;
      case NOT_AVAILABLE, PROPERTY_NAME, END_OBJECT, END_ARRAY, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("No value begins with " + token);
    };
  }

  private static Members members(JsonParser parser) {
    Map<String, JsonTree> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      members.put(name, tree(parser, parser.nextToken()));
    }
    return new Members(members);
  }

  private static Elements elements(JsonParser parser) {
    List<JsonTree> elements = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      elements.add(tree(parser, token));
    }
    return new Elements(elements);
  }

  /**
   * Without spaces, members in their order, numbers as they were written. Empty when it cannot be
   * written: a name may be half a character, which JSON can escape and UTF-8 cannot have.
   */
  static Optional<Bytes> write(JsonTree tree) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator generator = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      write(tree, generator);
    } catch (JacksonException e) {
      return Optional.empty();
    }
    return Optional.of(Bytes.wrap(out.toByteArray()));
  }

  private static void write(JsonTree tree, JsonGenerator generator) {
    switch (tree) {
      case Members(var members) -> {
        generator.writeStartObject();
        members.forEach((name, value) -> {
          generator.writeName(name);
          write(value, generator);
        });
        generator.writeEndObject();
      }
      case Elements(var elements) -> {
        generator.writeStartArray();
        elements.forEach(element -> write(element, generator));
        generator.writeEndArray();
      }
      case Text(String text) -> generator.writeString(text);
      case Digits(String digits) -> generator.writeNumber(digits);
      case Word word -> {
        switch (word) {
          case TRUE -> generator.writeBoolean(true);
          case FALSE -> generator.writeBoolean(false);
          case NULL -> generator.writeNull();
        }
      }
    }
  }
}
