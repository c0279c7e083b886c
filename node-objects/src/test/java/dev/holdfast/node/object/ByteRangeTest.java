// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.node.object.ByteRange.Asked;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ByteRangeTest {
  @Test
  void takesPartsOfAnObject() {
    assertThat(parse("bytes=0-0", 10)).isEqualTo(part(0, 1));
    assertThat(parse("Bytes=,1-2 ,", 10)).isEqualTo(part(1, 2));
    assertThat(parse("bytes=2-", 10)).isEqualTo(part(2, 8));
    assertThat(parse("bytes=2-99999999999999999999999", 10)).isEqualTo(part(2, 8));
    assertThat(parse("bytes=-3", 10)).isEqualTo(part(7, 3));
    assertThat(parse("bytes=-99999999999999999999", 10)).isEqualTo(part(0, 10));
  }

  @Test
  void refusesWhatLiesBehindTheEnd() {
    for (String header : List.of("bytes=10-", "bytes=10-20", "bytes=99999999999999999999-")) {
      assertThat(parse(header, 10)).as(header).isInstanceOf(Asked.Unsatisfiable.class);
    }
    assertThat(parse("bytes=-0", 10)).isInstanceOf(Asked.Unsatisfiable.class);
    assertThat(parse("bytes=0-", 0)).isInstanceOf(Asked.Unsatisfiable.class);
  }

  @Test
  void answersGarbageWithEverything() {
    for (String header :
        List.of(
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=a-b",
            "lines=1-2",
            "bytes=--1",
            "bytes=0-1,3-4",
            "bytes= 1 - 2",
            "bytes =1-2",
            "bytes=-1-5")) {
      assertThat(parse(header, 10)).as(header).isInstanceOf(Asked.Everything.class);
    }
    assertThat(parse("bytes=-5", 0)).isInstanceOf(Asked.Everything.class);
  }

  private static Asked parse(String header, long size) {
    return ByteRange.parse(Optional.of(header), size);
  }

  private static Asked part(long first, long length) {
    return new Asked.Part(new ByteRange(first, length));
  }
}
