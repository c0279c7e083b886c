// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** A range of addresses, {@code 10.0.0.0/8}. Only literal addresses: a name could change. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Cidr(byte[] prefix, int bits) {
  static Cidr parse(String text) {
    int slash = text.indexOf('/');
    try {
      if (slash > 0 && text.substring(0, slash).matches("[0-9a-fA-F.:]+")) {
        byte[] address = InetAddress.getAllByName(text.substring(0, slash))[0].getAddress();
        int bits = Integer.parseInt(text.substring(slash + 1));
        if (bits >= 0 && bits <= address.length * 8) {
          return new Cidr(address, bits);
        }
      }
    } catch (UnknownHostException | NumberFormatException e) {
      throw new IllegalArgumentException("a range is address/bits, not '" + text + "'", e);
    }
    throw new IllegalArgumentException("a range is address/bits, not '" + text + "'");
  }

  boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length != prefix.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit & 7);
      if ((bytes[bit >> 3] & mask) != (prefix[bit >> 3] & mask)) {
        return false;
      }
    }
    return true;
  }
}
