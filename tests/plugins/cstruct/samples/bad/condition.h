struct order {
    int id;
#if VERSION > 2
    int more;
#endif
};
