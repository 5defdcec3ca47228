# A libicudata without data: what ICU itself builds first, as "stubdata".
# PostgreSQL and libxml2 are linked with ICU, but this cluster uses PostgreSQL's builtin locale
# provider, so that nothing reads the data: 31 MB saved. Layout: ICU_Data_Header in ICU's
# source, stubdata/stubdata.cpp.
        .globl  icudt76_dat
        .type   icudt76_dat, @object
        .section .rodata
        .balign 16
icudt76_dat:
        .short  32                      # headerSize
        .byte   0xda, 0x27              # magic
        .short  20, 0                   # size of UDataInfo, reserved
        .byte   0, 0, 2, 0              # little endian, ASCII, sizeof(char16_t), reserved
        .ascii  "ToCP"                  # data format: table of contents
        .byte   1, 0, 0, 0              # version of the format
        .byte   0, 0, 0, 0              # version of the data
        .zero   8
        .long   0, 0                    # number of entries, reserved
        .quad   0, 0
        .size   icudt76_dat, . - icudt76_dat
        .section .note.GNU-stack,"",@progbits
