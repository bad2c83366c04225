"""The checksum of Optotune's Lens Driver 4."""

_POLYNOMIAL = 0xA001  # 8005, reflected


def crc16_arc(data: bytes) -> int:
    """CRC-16/ARC (also CRC-16-IBM): reflected polynomial 8005, from 0; ``b"123456789"`` gives BB3D.

    The CRC of data followed by its own CRC, low byte first, is 0. CRC-16/MODBUS, from FFFF, is another.
    """
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc
