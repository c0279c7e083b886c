/** Where the sockets of the api and peer ports come from. */
@NullMarked
package dev.holdfast.node.port;

import org.jspecify.annotations.NullMarked;
